-- title: "{principal} stopped the access logs of the bucket {bucket}"
-- kind: match
-- severity: medium
-- topics: [263, 264]
-- mitre: [T1562.008]
-- why: Without access logs and without data events nobody knows who reads the bucket.
-- do: Put the logging back.
-- false_positives: A change to data events of CloudTrail.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'PutBucketLogging'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'BucketLoggingStatus') IS NOT NULL OR json_text(requestparameters, 'logging') = '')
  AND json_text(requestparameters, 'BucketLoggingStatus.LoggingEnabled') IS NULL
