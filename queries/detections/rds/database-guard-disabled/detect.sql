-- title: "{principal} turned off auditing or encrypted connections in the parameter group {group}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562.008]
-- why: The log of the database is the only one that shows what was read. It goes before the data does.
-- do: Set the parameter again; look at connections since.
-- false_positives: Tuning.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html]
-- group_by: [account, principal, group]
SELECT coalesce(json_text(requestparameters, 'dBParameterGroupName'), json_text(requestparameters, 'dBClusterParameterGroupName'), 'of unknown name') AS group,
       json_text(requestparameters, 'parameters') AS parameters,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBParameterGroup', 'ModifyDBClusterParameterGroup')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(lower(json_text(requestparameters, 'parameters')), '"parametername":"(pgaudit[a-z_.]*|server_audit[a-z_]*|general_log|log_(connections|disconnections|statement)|rds\.force_ssl|require_secure_transport|audit_trail)",("[a-z]+":"?[a-z0-9 ]*"?,)*"parametervalue":"(none|0|off|false)?"')
