-- ordered
SELECT hour(eventtime + INTERVAL 1 HOUR) AS localhour, count(*) AS logins FROM t WHERE eventname = 'ConsoleLogin' GROUP BY 1 ORDER BY 1
