-- ordered
SELECT date_trunc('day', eventtime)::TIMESTAMP AS day_start, count(*) AS n FROM t WHERE eventtime >= TIMESTAMP '2024-03-01' GROUP BY 1 ORDER BY 1
