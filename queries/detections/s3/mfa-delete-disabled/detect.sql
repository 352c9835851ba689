-- title: "{principal} turned off MFA delete of the bucket {bucket}"
-- kind: match
-- severity: high
-- topics: [264, 267]
-- mitre: [T1562, T1485]
-- why: MFA delete lets only root with its second factor destroy versions. Off, any administrator's key does.
-- do: Turn it on again (root must do it); look at versions deleted since.
-- false_positives: Taking down a bucket.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'PutBucketVersioning'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(coalesce(json_text(requestparameters, 'VersioningConfiguration.MfaDelete'), json_text(requestparameters, 'VersioningConfiguration.MFADelete'))) = 'disabled'
