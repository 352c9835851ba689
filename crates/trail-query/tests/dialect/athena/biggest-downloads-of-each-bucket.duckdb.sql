-- ordered
SELECT (requestparameters->>'bucketName') AS bucket, (requestparameters->>'key') AS object_key, sum((additionaleventdata->>'bytesTransferredOut')::BIGINT) AS bytes
FROM t WHERE eventname = 'GetObject' AND additionaleventdata IS NOT NULL GROUP BY 1, 2
QUALIFY dense_rank() OVER (PARTITION BY bucket ORDER BY bytes DESC) = 1 AND bytes > 0 ORDER BY bytes DESC, bucket, object_key
