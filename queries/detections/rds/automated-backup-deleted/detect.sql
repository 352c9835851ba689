-- title: "{principal} deleted automated backups of a database"
-- kind: match
-- severity: high
-- topics: [292]
-- mitre: [T1490, T1485]
-- why: Automated backups are what brings a deleted database back. Nobody deletes them by hand in daily work.
-- do: Check that it was meant; look at what else was deleted.
-- false_positives: Cost cutting after a database is gone.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstanceAutomatedBackup.html]
SELECT coalesce(json_text(requestparameters, 'dbiResourceId'), json_text(requestparameters, 'dBInstanceAutomatedBackupsArn'), json_text(requestparameters, 'dbClusterResourceId')) AS backup,
       CASE WHEN caller IN ('iac', 'workload') THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('DeleteDBInstanceAutomatedBackup', 'DeleteDBClusterAutomatedBackup')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
