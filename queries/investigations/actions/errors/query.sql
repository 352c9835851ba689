-- title: Calls that failed, by error
-- description: One row for each service, action and error that is no denial. A new error after a release shows here.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventsource,
    eventname,
    errorcode,
    count(*) AS failed,
    count(DISTINCT principal) AS principals,
    min(eventtime) AS first,
    max(eventtime) AS last,
    first_value(errormessage ORDER BY eventtime DESC) AS last_message
FROM cloudtrail
WHERE errorcode IS NOT NULL AND NOT denied AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY failed DESC, eventsource, eventname, errorcode
