-- title: "{principal} took {controls} protections off the bucket {bucket} within an hour"
-- kind: window
-- severity: high
-- topics: [264]
-- mitre: [T1562, T1490]
-- why: One setting may be a mistake. Versions, logs, encryption and public access block in a row are preparation.
-- do: Put them back; look at what was deleted, copied or opened since.
-- false_positives: Taking down a bucket.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPublicAccessBlock.html]
-- window: 1h
-- every: 30m
-- threshold: {controls: 2}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       json_text(requestparameters, 'bucketName') AS bucket,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT eventname) AS controls,
       array_agg(DISTINCT eventname) AS events,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('DeleteBucketPublicAccessBlock', 'PutBucketVersioning', 'PutBucketLogging', 'DeleteBucketEncryption',
                    'DeleteBucketReplication', 'DeleteBucketPolicy')
  AND errorcode IS NULL
  AND caller NOT IN ('aws_service', 'iac')
  AND (eventname <> 'PutBucketVersioning' OR lower(json_text(requestparameters, 'VersioningConfiguration.Status')) = 'suspended')
  AND (eventname <> 'PutBucketLogging'
       OR (json_text(requestparameters, 'BucketLoggingStatus') IS NOT NULL AND json_text(requestparameters, 'BucketLoggingStatus.LoggingEnabled') IS NULL))
GROUP BY principal, recipientaccountid, json_text(requestparameters, 'bucketName'), _window
HAVING count(DISTINCT eventname) >= $controls
