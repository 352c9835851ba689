-- ordered
SELECT strftime(timezone('America/New_York', timezone('UTC', eventtime)), '%Y-%m-%d %H') AS hour_in_new_york, count(*) AS n
FROM t WHERE eventname = 'ConsoleLogin' AND region = 'eu-west-1' GROUP BY 1 ORDER BY n DESC, 1
