-- title: "{principal} changed what the App Runner service {service} runs"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1525, T1078.004]
-- why: Another image or start command in a running service runs with the service's role, and no role is passed.
-- do: Check the image and the command.
-- false_positives: Deployments; by code it is info.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, service]
SELECT coalesce(json_text(requestparameters, 'serviceArn'), json_text(requestparameters, 'serviceName'), 'of unknown name') AS service,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'apprunner.amazonaws.com'
  AND eventname = 'UpdateService'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'sourceConfiguration') IS NOT NULL
