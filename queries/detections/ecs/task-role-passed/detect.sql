-- title: "{principal} gave a container task the role {role}: {event}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1610, T1098.003]
-- why: A task runs any image with the task role's rights; an override at the start gives a known task another role or
--   other commands.
-- do: Compare the role with what the principal may do; read the image and the commands.
-- false_positives: Every deployment of containers.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, role]
SELECT coalesce(json_text(requestparameters, 'taskRoleArn'), json_text(requestparameters, 'overrides.taskRoleArn'),
                json_text(requestparameters, 'executionRoleArn'), json_text(requestparameters, 'overrides.executionRoleArn')) AS role,
       CASE WHEN eventname = 'RegisterTaskDefinition' AND caller <> 'human' THEN 'info' WHEN caller = 'iac' THEN 'info'
            WHEN eventname = 'RegisterTaskDefinition' OR caller <> 'human' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ecs.amazonaws.com'
  AND eventname IN ('RegisterTaskDefinition', 'RunTask', 'StartTask')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'taskRoleArn') IS NOT NULL OR json_text(requestparameters, 'overrides.taskRoleArn') IS NOT NULL
       OR json_text(requestparameters, 'overrides.executionRoleArn') IS NOT NULL)
