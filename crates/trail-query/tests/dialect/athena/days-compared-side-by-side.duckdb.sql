-- ordered
WITH a AS (SELECT eventsource, count(*) AS n FROM t WHERE "timestamp" = '2024/02/27' GROUP BY 1), b AS (SELECT eventsource, count(*) AS n FROM t WHERE "timestamp" = '2024/03/02' GROUP BY 1)
SELECT eventsource, coalesce(a.n, 0) AS on_tuesday, coalesce(b.n, 0) AS on_saturday, coalesce(b.n, 0) - coalesce(a.n, 0) AS change
FROM a FULL JOIN b USING (eventsource) WHERE abs(coalesce(b.n, 0) - coalesce(a.n, 0)) > 1 ORDER BY change DESC, eventsource
