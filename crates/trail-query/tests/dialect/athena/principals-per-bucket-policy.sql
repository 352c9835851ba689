SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket, principal
FROM cloudtrail_logs
CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.bucketPolicy.Statement') AS ARRAY(JSON))) AS s(statement)
CROSS JOIN UNNEST(
    CASE
        WHEN json_array_length(json_extract(statement, '$.Principal.AWS')) IS NOT NULL
        THEN CAST(json_extract(statement, '$.Principal.AWS') AS ARRAY(VARCHAR))
        ELSE ARRAY[COALESCE(json_extract_scalar(statement, '$.Principal.AWS'), json_extract_scalar(statement, '$.Principal'))]
    END) AS p(principal)
WHERE eventname = 'PutBucketPolicy' AND json_extract_scalar(statement, '$.Effect') = 'Allow'
