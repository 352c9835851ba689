-- ordered
SELECT substr(timetext, 1, 10) AS day_of_event, count(*) AS n FROM t
WHERE timetext LIKE '2024-03-0%' AND substr(timetext, 12, 2) IN ('08', '09', '10') GROUP BY 1 ORDER BY 1
