-- ordered
SELECT date_trunc('week', eventtime)::TIMESTAMP AS week, strftime(eventtime, '%a %d.%m.%Y') AS day, count(*) AS denials
FROM t WHERE errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%Unauthorized%' GROUP BY 1, 2 ORDER BY week, denials DESC, day
