-- ordered
SELECT eventsource, count(*) AS n FROM t GROUP BY 1 ORDER BY n DESC LIMIT 3 OFFSET 2
