-- title: "{principal} took away what brings the table {table} back: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1490]
-- why: Backups, recovery to a point in time and the guard against deletion go first, the table after.
-- do: Turn it on again; make a backup now.
-- false_positives: Test tables.
-- references: [https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html]
-- group_by: [account, principal, table]
SELECT coalesce(json_text(requestparameters, 'tableName'), json_text(requestparameters, 'backupArn'), 'of unknown name') AS table,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'UpdateTable' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'dynamodb.amazonaws.com'
  AND eventname IN ('DeleteBackup', 'UpdateContinuousBackups', 'UpdateTable')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname = 'DeleteBackup'
       OR lower(json_text(requestparameters, 'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled')) = 'false'
       OR lower(json_text(requestparameters, 'deletionProtectionEnabled')) = 'false')
