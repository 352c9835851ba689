-- title: "{principal} took a setting off the bucket {bucket}: {event}"
-- kind: match
-- severity: low
-- topics: [262]
-- mitre: [T1562, T1485]
-- why: Without its policy, encryption, lifecycle or replication a bucket is less guarded, or its copies end.
-- do: Put the setting back, unless there is a reason.
-- false_positives: Clean-up and deployments.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname IN ('DeleteBucketReplication', 'DeleteBucketEncryption', 'DeleteBucketPolicy') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('DeleteBucketCors', 'DeleteBucketEncryption', 'DeleteBucketLifecycle', 'DeleteBucketPolicy',
                    'DeleteBucketReplication', 'DeleteBucketOwnershipControls')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
