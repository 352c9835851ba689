SELECT day_of_week(from_iso8601_timestamp(eventtime)) AS number, date_format(from_iso8601_timestamp(eventtime), '%W') AS name,
       format_datetime(from_iso8601_timestamp(eventtime), 'EEE d MMM') AS short, count(*) AS n
FROM cloudtrail_logs
WHERE day_of_week(from_iso8601_timestamp(eventtime)) IN (6, 7)
GROUP BY 1, 2, 3
ORDER BY 1
