SELECT useridentity.arn, Count(*) AS number_of_calls
FROM cloudtrail_logs
WHERE eventtime >= '2024-02-29T00:00:00Z' AND eventtime < '2024-03-01T00:00:00Z'
  AND useridentity.arn IS NOT NULL
GROUP BY useridentity.arn
ORDER BY number_of_calls DESC, useridentity.arn
LIMIT 5;
