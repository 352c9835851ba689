-- title: Data events by bucket
-- description: How many data events each bucket has of each kind, by day. It is what logging them costs.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    CAST(eventtime AS DATE) AS day,
    json_text(requestparameters, 'bucketName') AS bucket,
    eventname,
    count(*) AS events,
    count(DISTINCT principal) AS principals,
    count(*) FILTER (WHERE errorcode IS NOT NULL) AS failed
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com' AND eventcategory = 'Data' AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY day, events DESC, bucket, eventname
