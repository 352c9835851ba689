-- ordered
SELECT (requestparameters->>'bucketName') AS bucket, json_array_length(requestparameters, '$.bucketPolicy.Statement')::BIGINT AS statements,
       (requestparameters->'$.bucketPolicy.Statement[0].Action[0]')::VARCHAR AS firstaction
FROM t WHERE eventname = 'PutBucketPolicy' ORDER BY eventtime
