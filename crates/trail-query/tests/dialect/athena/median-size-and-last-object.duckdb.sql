-- ordered
SELECT (requestparameters->>'bucketName') AS bucket, quantile_disc((additionaleventdata->>'bytesTransferredOut')::BIGINT, 0.5) AS median,
       arg_max((requestparameters->>'key'), eventtime) AS last_key
FROM t WHERE eventname = 'GetObject' AND eventcategory = 'Data' AND errorcode IS NULL AND useridentity.type <> 'AWSAccount' GROUP BY 1 ORDER BY 1
