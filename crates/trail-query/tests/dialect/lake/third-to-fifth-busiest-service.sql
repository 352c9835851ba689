SELECT eventSource, count(*) AS n
FROM cloudtrail_logs
GROUP BY eventSource
ORDER BY n DESC
OFFSET 2 ROWS
LIMIT 3
