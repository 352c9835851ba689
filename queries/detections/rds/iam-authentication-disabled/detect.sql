-- title: "{principal} turned off IAM authentication of {database}"
-- kind: match
-- severity: medium
-- topics: [289]
-- mitre: [T1556]
-- why: From now on passwords alone decide who gets into the database, and no log of AWS says who it was.
-- do: Turn it on again, unless there is a reason.
-- false_positives: Changes of how programs sign in.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'), 'a database') AS database,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBInstance', 'ModifyDBCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(coalesce(json_text(requestparameters, 'enableIAMDatabaseAuthentication'), json_text(requestparameters, 'enableIamDatabaseAuthentication'))) = 'false'
