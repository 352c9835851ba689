SELECT "timestamp", region, count(*) AS changes
FROM "default"."cloudtrail_logs"
WHERE "timestamp" BETWEEN '2024/02/28' AND '2024/03/01'
  AND readonly = 'false'
GROUP BY "timestamp", region
ORDER BY "timestamp", region
