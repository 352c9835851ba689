-- ordered
SELECT strftime(eventtime, '%Y-%m-%d') AS on_day, count(*) AS n FROM t
WHERE "year" || "month" || "day" BETWEEN '20240229' AND '20240301' GROUP BY 1 ORDER BY 1
