SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
       sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bigint)) AS bytes_out,
       avg(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS mean_bytes
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com' AND eventname = 'GetObject' AND errorcode IS NULL
  AND additionaleventdata IS NOT NULL
GROUP BY json_extract_scalar(requestparameters, '$.bucketName')
ORDER BY bytes_out DESC
