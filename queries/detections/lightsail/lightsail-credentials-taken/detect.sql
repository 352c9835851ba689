-- title: "{principal} got credentials of Lightsail: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1552, T1098.001]
-- why: Keys of machines, passwords of databases and keys of buckets that IAM does not know. They work after the caller is
--   gone.
-- do: Change them; look who uses Lightsail at all.
-- false_positives: People who run small servers there.
-- references: [https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_GetInstanceAccessDetails.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'instanceName'), json_text(requestparameters, 'relationalDatabaseName'), json_text(requestparameters, 'bucketName'),
                json_text(requestparameters, 'keyPairName')) AS target,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'lightsail.amazonaws.com'
  AND eventname IN ('GetInstanceAccessDetails', 'DownloadDefaultKeyPair', 'CreateKeyPair', 'ImportKeyPair',
                    'GetRelationalDatabaseMasterUserPassword', 'CreateBucketAccessKey')
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)
