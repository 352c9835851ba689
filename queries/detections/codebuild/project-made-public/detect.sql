-- title: "{principal} showed the builds of {project} to everybody"
-- kind: match
-- severity: high
-- topics: [339]
-- mitre: [T1567, T1552]
-- why: Logs and results of builds are public from now on, and with them what builds print - settings, sometimes keys.
-- do: Make it private again; change the secrets that the logs hold.
-- false_positives: Projects of open source.
-- references: [https://docs.aws.amazon.com/codebuild/latest/APIReference/API_UpdateProjectVisibility.html]
-- group_by: [account, principal, project]
SELECT coalesce(json_text(requestparameters, 'projectArn'), 'a project') AS project,
       json_text(requestparameters, 'resourceAccessRole') AS role
FROM cloudtrail
WHERE eventsource = 'codebuild.amazonaws.com'
  AND eventname = 'UpdateProjectVisibility'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND upper(json_text(requestparameters, 'projectVisibility')) = 'PUBLIC_READ'
