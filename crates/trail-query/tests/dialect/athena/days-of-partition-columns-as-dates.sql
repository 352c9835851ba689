SELECT date_parse(concat(year, '-', month, '-', day), '%Y-%m-%d') AS day_start, count(DISTINCT account) AS accounts, count(*) AS n
FROM cloudtrail_logs
WHERE CAST(year AS integer) = 2024 AND CAST(month AS integer) = 2 AND region IN ('us-east-1')
GROUP BY 1
ORDER BY 1
