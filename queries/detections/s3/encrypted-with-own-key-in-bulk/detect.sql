-- title: "{principal} encrypted {objects} objects of the bucket {bucket} with a key that AWS does not keep"
-- kind: window
-- severity: critical
-- topics: [282]
-- mitre: [T1486]
-- why: Object after object written over with a key that only the caller has is extortion under way.
-- do: Disable the credentials at once; do not delete what is left of the versions; restore from backups.
-- false_positives: Programs made for SSE-C; disable this for them.
-- references:
--   - https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.impact.s3-ransomware-client-side-encryption/
-- window: 10m
-- every: 5m
-- threshold: {objects: 10}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       json_text(requestparameters, 'bucketName') AS bucket,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'key')) AS objects,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('CopyObject', 'PutObject', 'CreateMultipartUpload', 'UploadPartCopy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%customer-algorithm%' OR additionaleventdata LIKE '%SSE_C%')
  AND (json_text(requestparameters, 'x-amz-server-side-encryption-customer-algorithm') IS NOT NULL
       OR json_text(additionaleventdata, 'SSEApplied') = 'SSE_C')
GROUP BY principal, recipientaccountid, json_text(requestparameters, 'bucketName'), _window
HAVING count(DISTINCT json_text(requestparameters, 'key')) >= $objects
