-- ordered
SELECT "timestamp", region, count(*) AS changes FROM t
WHERE "timestamp" BETWEEN '2024/02/28' AND '2024/03/01' AND readonly = false GROUP BY 1, 2 ORDER BY 1, 2
