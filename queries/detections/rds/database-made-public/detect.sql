-- title: "{principal} gave the database {database} a public address"
-- kind: match
-- severity: high
-- topics: [286]
-- mitre: [T1133, T1190]
-- why: The database can be reached from the internet as far as its security group lets it; passwords are tried at once.
-- do: Turn it off, unless it is meant; look at the security group.
-- false_positives: Databases for partners; test databases.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'), 'of unknown name') AS database,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('CreateDBInstance', 'ModifyDBInstance', 'CreateDBCluster', 'ModifyDBCluster', 'CreateDBInstanceReadReplica')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(json_text(requestparameters, 'publiclyAccessible')) = 'true'
