-- title: "{principal} turned off the backups of the file system {file_system}"
-- kind: match
-- severity: medium
-- topics: [383]
-- mitre: [T1490]
-- why: Without backups, files that are deleted or encrypted are lost.
-- do: Turn them on again.
-- false_positives: Cost cutting.
-- references: [https://docs.aws.amazon.com/efs/latest/ug/API_PutBackupPolicy.html]
SELECT coalesce(json_text(requestparameters, 'fileSystemId'), 'of unknown name') AS file_system,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'elasticfilesystem.amazonaws.com'
  AND eventname = 'PutBackupPolicy'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND upper(coalesce(json_text(requestparameters, 'backupPolicy.status'), json_text(requestparameters, 'BackupPolicy.Status'))) IN ('DISABLED', 'DISABLING')
