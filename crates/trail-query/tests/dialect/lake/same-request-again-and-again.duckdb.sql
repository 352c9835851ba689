-- ordered
SELECT eventname, count(*) AS times, (requestparameters->>'tableName') AS tablename FROM t WHERE eventname = 'DescribeTable'
GROUP BY 1, 3 ORDER BY times DESC, tablename
