-- title: "{principal} suspended the versions of the bucket {bucket}"
-- kind: match
-- severity: medium
-- topics: [264, 266]
-- mitre: [T1490]
-- why: Versions are what a victim of deletion or encryption falls back on. Without them what is overwritten is lost.
-- do: Turn them on again; look at what was deleted or overwritten since.
-- false_positives: Cost cutting.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       CASE WHEN regexp_like(lower(json_text(requestparameters, 'bucketName')), 'trail|log|backup|state') THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'PutBucketVersioning'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(json_text(requestparameters, 'VersioningConfiguration.Status')) = 'suspended'
