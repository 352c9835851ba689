SELECT element_at(requestParameters, 'bucketName') AS bucket,
       json_size(element_at(requestParameters, 'bucketPolicy'), '$.Statement') AS statements,
       json_format(json_array_get(json_extract(element_at(requestParameters, 'bucketPolicy'), '$.Statement[0].Action'), 0)) AS firstAction
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'PutBucketPolicy'
ORDER BY eventTime
