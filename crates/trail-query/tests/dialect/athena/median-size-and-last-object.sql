SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
       approx_percentile(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bigint), 0.5) AS median,
       max_by(json_extract_scalar(requestparameters, '$.key'), eventtime) AS last_key
FROM cloudtrail_logs
WHERE eventname = 'GetObject' AND eventcategory = 'Data' AND errorcode IS NULL AND useridentity.type <> 'AWSAccount'
GROUP BY 1
ORDER BY bucket
