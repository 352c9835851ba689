SELECT substr(eventtime, 1, 10) AS day_of_event, count(*) AS n
FROM cloudtrail_logs
WHERE eventtime LIKE '2024-03-0%' AND substr(eventtime, 12, 2) IN ('08', '09', '10')
GROUP BY substr(eventtime, 1, 10)
ORDER BY 1
