-- ordered
SELECT isodow(eventtime) AS number, strftime(eventtime, '%A') AS name, strftime(eventtime, '%a %-d %b') AS short, count(*) AS n
FROM t WHERE isodow(eventtime) IN (6, 7) GROUP BY 1, 2, 3 ORDER BY 1
