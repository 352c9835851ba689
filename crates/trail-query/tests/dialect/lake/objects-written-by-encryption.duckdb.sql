-- ordered
SELECT (requestparameters->>'bucketName') AS bucket, (requestparameters->>'x-amz-server-side-encryption') AS encryption, count(*) AS puts
FROM t WHERE eventname = 'PutObject' AND eventsource = 's3.amazonaws.com' AND useridentity.type != 'AWSService'
GROUP BY 1, 2 ORDER BY 1, 2
