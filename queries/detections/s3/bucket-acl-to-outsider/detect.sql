-- title: "{principal} let another account into the bucket {bucket} by its ACL"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098, T1530]
-- why: An ACL names accounts by a long number that nobody reads, and no policy shows it.
-- do: Find out whose canonical id it is; turn ACLs off (BucketOwnerEnforced).
-- false_positives: Logs of CloudFront and of old set-ups.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       json_text(requestparameters, 'AccessControlPolicy.AccessControlList') AS grants,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketAcl', 'PutObjectAcl')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(replace(replace(json_text(requestparameters, 'AccessControlPolicy.AccessControlList'), json_text(requestparameters, 'AccessControlPolicy.Owner.ID'), ''),
                           'c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0', ''), '"ID":"[0-9a-f]{16,}"|"EmailAddress":"')
