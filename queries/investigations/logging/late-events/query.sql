-- title: How late events are delivered
-- description: By account and region, how long it took from events to their log objects and into the lake, in seconds. It needs a lake.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    account,
    region,
    count(*) AS hours,
    sum(events) AS events,
    CAST(round(avg(delivery_lag)) AS BIGINT) AS usual_delivery,
    max(delivery_lag) AS worst_delivery,
    max(ingest_lag) AS worst_ingest,
    first_value(hour ORDER BY delivery_lag DESC) AS worst_hour
FROM coverage
WHERE delivery_lag IS NOT NULL AND hour >= ${from} AND hour < ${to}
GROUP BY account, region
ORDER BY worst_delivery DESC, account, region
