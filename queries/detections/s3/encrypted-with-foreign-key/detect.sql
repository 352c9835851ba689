-- title: "{principal} encrypted objects of the bucket {bucket} with a key of account {owner}"
-- kind: match
-- severity: high
-- topics: [280]
-- mitre: [T1486]
-- why: Whoever holds the key holds the data. Objects written over with a key of another account can be read only as long as
--   that account allows - extortion inside AWS.
-- do: Stop the principal; restore versions; ask who owns the key. A bucket policy can demand your own keys.
-- false_positives: Deliveries for another account of your own; name it in the settings.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       coalesce(split_part(json_text(requestparameters, 'x-amz-server-side-encryption-aws-kms-key-id'), ':', 5),
                split_part(json_text(requestparameters, 'ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID'), ':', 5)) AS owner,
       coalesce(json_text(requestparameters, 'x-amz-server-side-encryption-aws-kms-key-id'),
                json_text(requestparameters, 'ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID')) AS key
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('CopyObject', 'PutObject', 'CreateMultipartUpload', 'PutBucketEncryption', 'PutEncryptionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%kms-key-id%' OR requestparameters LIKE '%KMSMasterKeyID%')
  AND regexp_like(coalesce(json_text(requestparameters, 'x-amz-server-side-encryption-aws-kms-key-id'),
                           json_text(requestparameters, 'ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID')), '^arn:aws[a-z-]*:kms:[^:]*:[0-9]{12}:')
  AND (split_part(coalesce(json_text(requestparameters, 'x-amz-server-side-encryption-aws-kms-key-id'),
                           json_text(requestparameters, 'ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID')), ':', 5) IS DISTINCT FROM recipientaccountid)
  AND trusted_account(split_part(coalesce(json_text(requestparameters, 'x-amz-server-side-encryption-aws-kms-key-id'),
                           json_text(requestparameters, 'ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID')), ':', 5)) IS NOT TRUE
