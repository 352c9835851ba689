-- title: What could not be read
-- description: Pieces of log objects that could not be read, by reason, with one of them as an example. It needs a lake.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    reason,
    count(*) AS rejects,
    count(DISTINCT object) AS objects,
    min(ingested) AS first,
    max(ingested) AS last,
    first_value(object ORDER BY ingested DESC) AS last_object,
    first_value(sample ORDER BY ingested DESC) AS last_sample
FROM rejects
WHERE ingested >= ${from} AND ingested < ${to}
GROUP BY reason
ORDER BY rejects DESC, reason
