-- title: "{principal} opened the bucket {bucket} by its ACL"
-- kind: match
-- severity: high
-- topics: [260]
-- mitre: [T1530]
-- why: The group AllUsers is everybody; AuthenticatedUsers is everybody with any AWS account.
-- do: Take the grant away; turn ACLs off.
-- false_positives: Old public web sites.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html]
SELECT json_text(requestparameters, 'bucketName') AS bucket
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketAcl', 'CreateBucket', 'PutObjectAcl')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%groups/global/A%' OR regexp_like(requestparameters, '"(x-amz-acl|acl)"\s*:\s*\[?\s*"(public-read|public-read-write|authenticated-read)'))
