-- title: "{principal} changed how builds get at code: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1195, T1098]
-- why: With another token or hook the builds run the code of somebody else, with the role of the project.
-- do: Look at the project's source and at its last builds.
-- false_positives: Set-up of projects.
-- references: [https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ImportSourceCredentials.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'serverType'), json_text(requestparameters, 'projectName')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname LIKE '%Webhook' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'codebuild.amazonaws.com'
  AND eventname IN ('ImportSourceCredentials', 'DeleteSourceCredentials', 'CreateWebhook', 'UpdateWebhook', 'DeleteWebhook')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
