-- title: "{principal} turned off the backups of the database {database}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1490]
-- why: With no days to keep them, RDS deletes all automated backups at once. What is deleted after that is gone.
-- do: Set the days again; make a snapshot now.
-- false_positives: Test databases.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'), 'of unknown name') AS database,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBInstance', 'ModifyDBCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'backupRetentionPeriod') = '0'
