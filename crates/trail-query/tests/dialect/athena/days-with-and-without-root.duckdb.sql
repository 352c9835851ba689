-- ordered
SELECT d::DATE AS day_, count(c.eventid) AS root_events
FROM (SELECT unnest(generate_series(DATE '2024-02-27', DATE '2024-03-03', INTERVAL 1 DAY)) AS d)
LEFT JOIN t c ON c.eventtime::DATE = d::DATE AND c.useridentity.type = 'Root' GROUP BY 1 ORDER BY 1
