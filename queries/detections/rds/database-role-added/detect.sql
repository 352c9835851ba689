-- title: "{principal} gave the database {database} the role {role}"
-- kind: match
-- severity: low
-- topics: [98]
-- mitre: [T1098.001, T1078.004]
-- why: With a role the database itself reads and writes S3 or calls functions; whoever may run SQL in it does so too.
-- do: Check what the role may do, and that somebody asked for it.
-- false_positives: Imports and exports that were planned.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'), 'of unknown name') AS database,
       coalesce(json_text(requestparameters, 'roleArn'), 'of unknown name') AS role,
       json_text(requestparameters, 'featureName') AS feature,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('AddRoleToDBInstance', 'AddRoleToDBCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
