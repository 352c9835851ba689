-- title: What was done with this access key
-- description: One row for each service and action that an access key called, with how the calls ended.
-- params:
--   key: {type: text, about: "The access key's id (AKIA... or ASIA...)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventsource,
    eventname,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    count(*) FILTER (WHERE errorcode IS NOT NULL AND NOT denied) AS failed,
    bool_or(readonly IS NOT TRUE) AS writes,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE useridentity.accesskeyid = ${key} AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2
ORDER BY calls DESC, eventsource, eventname
