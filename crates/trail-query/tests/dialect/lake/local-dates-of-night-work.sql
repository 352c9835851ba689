SELECT date_format(eventTime AT TIME ZONE 'Australia/Sydney', '%Y-%m-%d') AS sydneyDate, count(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE awsRegion = 'ap-southeast-2' AND contains(ARRAY['ec2.amazonaws.com', 'rds.amazonaws.com'], eventSource)
GROUP BY 1
ORDER BY 1
