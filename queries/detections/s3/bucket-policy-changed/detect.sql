-- title: "{principal} changed settings of the bucket {bucket}: {event}"
-- kind: match
-- severity: low
-- topics: [257]
-- mitre: [T1530]
-- cis: ["4.8"]
-- why: The CIS benchmark asks for a record of every change of bucket policies, ACLs, CORS, lifecycle and replication.
-- do: Check that it has a ticket. Grants to outsiders have a detection of their own.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT json_text(requestparameters, 'bucketName') AS bucket,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketAcl', 'PutBucketPolicy', 'PutBucketCors', 'PutBucketLifecycle',
                    'PutBucketReplication', 'DeleteBucketPolicy', 'DeleteBucketCors', 'DeleteBucketLifecycle',
                    'DeleteBucketReplication')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
