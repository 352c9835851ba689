-- title: "{principal} set {document} to run again and again on machines"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1651, T1053]
-- why: An association or a maintenance window runs code on machines by the clock, also on those that come later. It
--   outlives the key of who set it.
-- do: Look at what it runs, and where.
-- false_positives: Patching and inventory.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateAssociation.html]
-- group_by: [account, principal, document]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'taskArn'), 'a document') AS document,
       json_text(requestparameters, 'targets') AS targets,
       json_text(requestparameters, 'scheduleExpression') AS schedule,
       CASE WHEN caller = 'iac' THEN 'info' WHEN caller = 'workload' THEN 'info' WHEN regexp_like(requestparameters, 'RunShellScript|RunPowerShellScript|RunRemoteScript|ApplyAnsiblePlaybooks') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('CreateAssociation', 'UpdateAssociation', 'CreateAssociationBatch', 'RegisterTaskWithMaintenanceWindow')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
