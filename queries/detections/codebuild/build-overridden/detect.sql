-- title: "{principal} started a build of {project} with commands or a role of its own"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1059, T1078.004]
-- why: A build whose commands, image or role are given at its start does what the starter wants, with the project's
--   secrets and rights.
-- do: Read the commands in the request.
-- false_positives: Build systems that hand over the build commands at each start.
-- references: [https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html]
-- group_by: [account, principal, project]
SELECT coalesce(json_text(requestparameters, 'projectName'), 'of unknown name') AS project,
       json_text(requestparameters, 'serviceRoleOverride') AS role,
       CASE WHEN json_text(requestparameters, 'serviceRoleOverride') IS NOT NULL THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'codebuild.amazonaws.com'
  AND eventname IN ('StartBuild', 'StartBuildBatch')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'buildspecOverride') IS NOT NULL OR json_text(requestparameters, 'serviceRoleOverride') IS NOT NULL
       OR json_text(requestparameters, 'imageOverride') IS NOT NULL)
