-- title: "{principal} stopped or deleted an event data store"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1562.008]
-- why: A store of CloudTrail Lake that no longer takes events, or goes away after a week, is a lost record.
-- do: Restore it within seven days (RestoreEventDataStore).
-- false_positives: Moving off CloudTrail Lake.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html]
SELECT json_text(requestparameters, 'eventDataStore') AS store
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname IN ('DeleteEventDataStore', 'StopEventDataStoreIngestion')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
