-- title: "{principal} turned off the deletion protection of {database}"
-- kind: match
-- severity: medium
-- topics: [287, 288]
-- mitre: [T1485, T1490]
-- why: It is the last step before a database is deleted.
-- do: Turn it on again, unless the database is to go.
-- false_positives: Taking down a database.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'),
                json_text(requestparameters, 'globalClusterIdentifier'), 'a database') AS database,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBInstance', 'ModifyDBCluster', 'ModifyGlobalCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(json_text(requestparameters, 'deletionProtection')) = 'false'
