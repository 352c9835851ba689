WITH a AS (SELECT eventsource, count(*) AS n FROM cloudtrail_logs WHERE "timestamp" = '2024/02/27' GROUP BY eventsource),
     b AS (SELECT eventsource, count(*) AS n FROM cloudtrail_logs WHERE "timestamp" = '2024/03/02' GROUP BY eventsource)
SELECT eventsource, COALESCE(a.n, 0) AS on_tuesday, COALESCE(b.n, 0) AS on_saturday, COALESCE(b.n, 0) - COALESCE(a.n, 0) AS change
FROM a FULL OUTER JOIN b USING (eventsource)
WHERE abs(COALESCE(b.n, 0) - COALESCE(a.n, 0)) > 1
ORDER BY change DESC, eventsource
