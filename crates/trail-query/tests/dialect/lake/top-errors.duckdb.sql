-- ordered
SELECT errorcode, eventsource, count(eventid) AS apicount FROM t WHERE errorcode IS NOT NULL
GROUP BY 1, 2 ORDER BY apicount DESC, errorcode, eventsource LIMIT 5
