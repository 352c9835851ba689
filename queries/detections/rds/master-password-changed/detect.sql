-- title: "{principal} set the master password of the database {database}"
-- kind: match
-- severity: medium
-- topics: [285]
-- mitre: [T1098]
-- why: Whoever sets the password of the database's administrator gets in with it, whatever the secrets of the programs are.
-- do: Ask the owner; look at who reached the database since.
-- false_positives: Rotation by hand.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'), 'of unknown name') AS database,
       CASE WHEN caller IN ('iac', 'workload') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBInstance', 'ModifyDBCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'masterUserPassword') IS NOT NULL
       OR json_text(responseelements, 'pendingModifiedValues.masterUserPassword') IS NOT NULL)
