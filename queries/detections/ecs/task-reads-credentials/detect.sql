-- title: "{principal} defined a task that reads its own credentials: {family}"
-- kind: match
-- severity: high
-- topics: [332]
-- mitre: [T1525, T1552.005]
-- why: A command in the definition that asks the credential endpoint takes the keys of the task's role out of the container.
-- do: Look at the command and where it sends what it reads; revoke the sessions of the role.
-- false_positives: Hardly any; the SDK asks by itself.
-- references: [https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html]
-- group_by: [account, principal, family]
SELECT coalesce(json_text(requestparameters, 'family'), 'of unknown name') AS family,
       coalesce(json_text(requestparameters, 'taskRoleArn'), json_text(requestparameters, 'executionRoleArn')) AS role
FROM cloudtrail
WHERE eventsource = 'ecs.amazonaws.com'
  AND eventname IN ('RegisterTaskDefinition', 'RunTask', 'StartTask', 'CreateService')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%169.254.170.2%' OR requestparameters LIKE '%AWS_CONTAINER_CREDENTIALS_%' OR requestparameters LIKE '%169.254.169.254/latest/meta-data/iam%')
