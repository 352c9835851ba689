SELECT date_parse("timestamp", '%Y/%m/%d') AS day_start, count(*) AS n
FROM cloudtrail_logs_pp
WHERE "timestamp" >= date_format(date_add('day', -2, date '2024-03-03'), '%Y/%m/%d')
GROUP BY 1
ORDER BY 1
