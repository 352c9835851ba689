-- ordered
SELECT eventsource, count(*) FILTER (WHERE readonly) AS reads, count(*) FILTER (WHERE NOT readonly) AS writes
FROM t GROUP BY 1 HAVING count(*) FILTER (WHERE NOT readonly) >= 5 ORDER BY writes DESC, eventsource
