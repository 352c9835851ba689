-- title: "{principal} weakened the bucket {bucket}: {change}"
-- kind: match
-- severity: medium
-- topics: [263, 266, 267, 157, 268]
-- mitre: [T1562.008, T1490, T1537]
-- why: Versions, logs and replication are what a victim of deletion or theft falls back on.
-- do: Put the setting back; look at what was deleted or copied since.
-- false_positives: Cost cutting.
SELECT json_text(requestparameters, 'bucketName') AS bucket,
       CASE eventname WHEN 'PutBucketVersioning' THEN 'versioning or MFA delete off' WHEN 'PutBucketLogging' THEN 'access logging off'
                      WHEN 'PutBucketLifecycle' THEN 'objects expire within days' ELSE 'copied to another account' END AS change,
       CASE WHEN eventname = 'PutBucketReplication' OR lower(json_text(requestparameters, 'bucketName')) LIKE '%trail%'
             OR lower(json_text(requestparameters, 'bucketName')) LIKE '%log%' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketVersioning', 'PutBucketLogging', 'PutBucketLifecycle', 'PutBucketReplication')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND ((eventname = 'PutBucketVersioning'
        AND (json_text(requestparameters, 'VersioningConfiguration.Status') = 'Suspended'
             OR json_text(requestparameters, 'VersioningConfiguration.MfaDelete') = 'Disabled'))
       OR (eventname = 'PutBucketLogging' AND requestparameters NOT LIKE '%LoggingEnabled%')
       OR (eventname = 'PutBucketLifecycle' AND regexp_like(requestparameters, '"Days":[1-7][,}]'))
       OR (eventname = 'PutBucketReplication'
           AND (json_text(requestparameters, 'ReplicationConfiguration.Rule.Destination.Account') IS DISTINCT FROM recipientaccountid)
           AND json_text(requestparameters, 'ReplicationConfiguration.Rule.Destination.Account') IS NOT NULL))
