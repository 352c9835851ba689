SELECT bucket, object_key, bytes
FROM (
    SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
           json_extract_scalar(requestparameters, '$.key') AS object_key,
           sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS BIGINT)) AS bytes,
           dense_rank() OVER (PARTITION BY json_extract_scalar(requestparameters, '$.bucketName')
                              ORDER BY sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS BIGINT)) DESC) AS place
    FROM cloudtrail_logs
    WHERE eventname = 'GetObject' AND additionaleventdata IS NOT NULL
    GROUP BY 1, 2
) ranked
WHERE place = 1 AND bytes > 0
ORDER BY bytes DESC, bucket, object_key
