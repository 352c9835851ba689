-- title: "{principal} encrypted objects of the bucket {bucket} with a key that AWS does not keep"
-- kind: match
-- severity: medium
-- topics: [281]
-- mitre: [T1486]
-- why: With SSE-C the caller brings the key and AWS forgets it. Objects written over like this can be read by nobody else -
--   known as a way of extortion since 2025. Hardly anybody uses it otherwise.
-- do: Ask the owner; if not known, stop the principal and restore versions. A bucket policy can forbid SSE-C.
-- false_positives: Programs made for SSE-C.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       json_text(requestparameters, 'x-amz-copy-source') AS source,
       CASE WHEN eventname = 'CopyObject' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('CopyObject', 'PutObject', 'CreateMultipartUpload', 'UploadPartCopy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%customer-algorithm%' OR additionaleventdata LIKE '%SSE_C%')
  AND (json_text(requestparameters, 'x-amz-server-side-encryption-customer-algorithm') IS NOT NULL
       OR json_text(additionaleventdata, 'SSEApplied') = 'SSE_C')
