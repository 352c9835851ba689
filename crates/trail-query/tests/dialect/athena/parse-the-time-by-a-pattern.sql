SELECT parse_datetime(eventtime, 'yyyy-MM-dd''T''HH:mm:ss''Z''') AS at,
       date_diff('hour', parse_datetime(eventtime, 'yyyy-MM-dd''T''HH:mm:ss''Z'''), parse_datetime('2024-03-03', 'yyyy-MM-dd')) AS hours_before
FROM cloudtrail_logs
WHERE eventname IN ('StopLogging', 'StartLogging', 'PutEventSelectors')
ORDER BY 1
