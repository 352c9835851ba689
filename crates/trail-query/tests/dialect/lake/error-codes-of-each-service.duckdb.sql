-- ordered
SELECT eventsource, histogram(errorcode) AS codes, count(*) AS failures FROM t
WHERE errorcode IS NOT NULL AND eventcategory <> 'NetworkActivity' GROUP BY 1 HAVING count(*) > 2 ORDER BY failures DESC, eventsource
