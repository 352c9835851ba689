-- title: "{principal} lets ACLs count again in the bucket {bucket}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1562]
-- why: Buckets ignore ACLs today. Where they count, one object can be made public without any policy.
-- do: Set BucketOwnerEnforced again; look for ACLs that were set since.
-- false_positives: Delivery of logs that needs an ACL.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       json_text(requestparameters, 'OwnershipControls.Rule.ObjectOwnership') AS ownership,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'PutBucketOwnershipControls'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(requestparameters, '"(ObjectWriter|BucketOwnerPreferred)"')
