-- ordered
SELECT (requestparameters->>'bucketName') AS bucket, sum((additionaleventdata->>'bytesTransferredOut')::BIGINT) AS bytes_out,
       avg((additionaleventdata->>'bytesTransferredOut')::DOUBLE) AS mean_bytes
FROM t WHERE eventsource = 's3.amazonaws.com' AND eventname = 'GetObject' AND errorcode IS NULL AND additionaleventdata IS NOT NULL
GROUP BY 1 ORDER BY bytes_out DESC
