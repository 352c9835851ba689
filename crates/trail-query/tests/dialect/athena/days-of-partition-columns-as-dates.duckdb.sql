-- ordered
SELECT date_trunc('day', eventtime)::TIMESTAMP AS day_start, count(DISTINCT account) AS accounts, count(*) AS n
FROM t WHERE "month" = '02' AND region = 'us-east-1' GROUP BY 1 ORDER BY 1
