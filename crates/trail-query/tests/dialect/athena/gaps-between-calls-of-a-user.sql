SELECT eventtime, eventname, minutes
FROM (
    SELECT eventtime, eventname,
           date_diff('minute', lag(from_iso8601_timestamp(eventtime)) OVER (ORDER BY eventtime), from_iso8601_timestamp(eventtime)) AS minutes
    FROM cloudtrail_logs
    WHERE useridentity.username = 'eve'
) gaps
WHERE minutes > 600
ORDER BY eventtime
