-- title: "{principal} opened a shell in a container of {cluster}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1609, T1078.004]
-- why: Inside a running container the task role's credentials are one request away. ECS Exec needs no role to be passed.
-- do: Check that the person had a reason; what was typed is in the log of ECS Exec, if one is set up.
-- false_positives: Developers who debug.
-- references: [https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'cluster'), 'the default cluster') AS cluster,
       json_text(requestparameters, 'task') AS task,
       json_text(requestparameters, 'command') AS command,
       CASE WHEN errorcode IS NULL THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'ecs.amazonaws.com'
  AND eventname = 'ExecuteCommand'
  AND caller <> 'aws_service'
