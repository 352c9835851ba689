SELECT element_at(requestParameters, 'bucketName') AS bucket,
       element_at(requestParameters, 'x-amz-server-side-encryption') AS encryption,
       COUNT(*) AS puts
FROM 12e45678-9abc-4def-8123-456789abcdef
WHERE eventName = 'PutObject' AND eventSource = 's3.amazonaws.com' AND userIdentity.type != 'AWSService'
GROUP BY 1, 2
ORDER BY bucket, encryption
