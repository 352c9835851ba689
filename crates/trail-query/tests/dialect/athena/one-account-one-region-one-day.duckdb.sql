SELECT eventname, count(*) AS n FROM t
WHERE account = '111122223333' AND region = 'us-east-1' AND "year" = '2024' AND "month" = '02' AND "day" = '29' GROUP BY 1
