-- title: "{principal} took the public access block off {target}"
-- kind: match
-- severity: high
-- topics: [261]
-- mitre: [T1530]
-- why: The block is what keeps a wrong policy or ACL from making a bucket public.
-- do: Put it back; look at policies and ACLs set since.
-- false_positives: Public web sites.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'the whole account') AS target
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock', 'PutAccountPublicAccessBlock',
                    'DeleteAccountPublicAccessBlock')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname LIKE 'Delete%' OR requestparameters LIKE '%false%')
