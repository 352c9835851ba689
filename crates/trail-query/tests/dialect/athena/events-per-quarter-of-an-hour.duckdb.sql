-- ordered
SELECT time_bucket(INTERVAL 15 MINUTE, eventtime) AS quarter_start, count(*) AS n FROM t
WHERE account = '111122223333' AND "day" = '01' AND "month" = '03' GROUP BY 1 HAVING count(*) > 1 ORDER BY 1
