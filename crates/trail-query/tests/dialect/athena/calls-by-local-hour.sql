SELECT date_format(at_timezone(from_iso8601_timestamp(eventtime), 'America/New_York'), '%Y-%m-%d %H') AS hour_in_new_york, count(*) AS n
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin' AND region = 'eu-west-1'
GROUP BY 1
ORDER BY n DESC, 1
