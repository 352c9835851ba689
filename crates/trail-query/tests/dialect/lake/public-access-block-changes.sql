SELECT eventTime,
       element_at(requestParameters, 'bucketName') AS bucketName,
       json_extract_scalar(element_at(requestParameters, 'PublicAccessBlockConfiguration'), '$.BlockPublicPolicy') AS blockPublicPolicy,
       element_at(requestParameters, 'PublicAccessBlockConfiguration') AS configuration
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName IN ('PutPublicAccessBlock', 'PutBucketPublicAccessBlock')
ORDER BY bucketName, eventTime DESC
