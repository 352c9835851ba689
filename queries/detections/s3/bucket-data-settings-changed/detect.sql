-- title: "{principal} changed how the bucket {bucket} keeps or gives out its data: {event}"
-- kind: match
-- severity: low
-- topics: [265]
-- mitre: [T1537, T1565]
-- why: A web site gives objects to the world, replication copies them, lifecycle rules delete them, a key decides who may read
--   them, a restore brings old ones back.
-- do: Check that it has a ticket.
-- false_positives: Deployments, restores.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       CASE WHEN caller IN ('iac', 'workload') OR eventname IN ('ReplicateObject', 'RestoreObject') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketLogging', 'PutBucketWebsite', 'PutEncryptionConfiguration', 'PutBucketEncryption',
                    'PutLifecycleConfiguration', 'PutBucketLifecycle', 'PutReplicationConfiguration',
                    'PutBucketReplication', 'ReplicateObject', 'RestoreObject')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
