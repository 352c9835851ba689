-- ordered
SELECT strftime(timezone('Australia/Sydney', timezone('UTC', eventtime)), '%Y-%m-%d') AS sydneydate, count(*) AS n
FROM t WHERE awsregion = 'ap-southeast-2' AND eventsource IN ('ec2.amazonaws.com', 'rds.amazonaws.com') GROUP BY 1 ORDER BY 1
