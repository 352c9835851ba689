-- title: "{principal} lets the bucket {bucket} be copied to account {target}"
-- kind: match
-- severity: high
-- topics: [268]
-- mitre: [T1537, T1567.002]
-- why: From now on every new object is copied to a bucket of another account, by S3 itself and without a call of theft.
-- do: Take the rule away; ask who owns the account.
-- false_positives: Copies for another account of your own; name it in the settings.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       coalesce(json_text(requestparameters, 'ReplicationConfiguration.Rule.Destination.Account'), json_text(requestparameters, 'ReplicationConfiguration.Rule[0].Destination.Account'), 'of unknown number') AS target,
       coalesce(json_text(requestparameters, 'ReplicationConfiguration.Rule.Destination.Bucket'), json_text(requestparameters, 'ReplicationConfiguration.Rule[0].Destination.Bucket')) AS target_bucket
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketReplication', 'PutReplicationConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(replace(json_text(requestparameters, 'ReplicationConfiguration'), coalesce(recipientaccountid, '-'), ''), '"Account":"?[0-9]{12}')
  AND trusted_account(coalesce(json_text(requestparameters, 'ReplicationConfiguration.Rule.Destination.Account'), json_text(requestparameters, 'ReplicationConfiguration.Rule[0].Destination.Account'))) IS NOT TRUE
