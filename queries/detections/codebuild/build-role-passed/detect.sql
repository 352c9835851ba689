-- title: "{principal} gave the build project {project} the role {role}"
-- kind: match
-- severity: low
-- topics: [97]
-- mitre: [T1098, T1078.004]
-- why: A build runs any command with the role of its project. Who changes the role and starts a build acts as the role.
-- do: Compare the role with what its maker may do; look at the builds that followed.
-- false_positives: Set-up of pipelines.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, project]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'projectName'), 'of unknown name') AS project,
       json_text(requestparameters, 'serviceRole') AS role,
       CASE WHEN caller = 'iac' THEN 'info' WHEN lower(json_text(requestparameters, 'serviceRole')) LIKE '%admin%' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'codebuild.amazonaws.com'
  AND eventname IN ('CreateProject', 'UpdateProject')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'serviceRole') IS NOT NULL
