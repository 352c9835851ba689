-- title: "{principal} handed over the role {role} and put it to work {minutes} minutes later: {started}"
-- kind: window
-- severity: low
-- topics: []
-- mitre: [T1098.003, T1078.004, T1648]
-- why: "Handing a role to a build, job, task or stack and starting it is the whole way from a right to pass roles to the
--   role's own rights: two calls, by one hand, minutes apart."
-- do: Compare the role with what the principal may do; read what was run.
-- false_positives: People who set up such things by hand. By code it is info.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- window: 1h
-- every: 30m
-- group_by: [account, principal, role]
SELECT made.principal,
       made.account,
       made.region,
       made.role,
       min(made.at) AS first,
       max(then.at) AS last,
       count(DISTINCT made.id) + count(DISTINCT then.id) AS count,
       CAST((date_part('epoch', min(then.at)) - date_part('epoch', min(made.at))) / 60 AS BIGINT) AS minutes,
       array_to_string(array_sort(array_agg(DISTINCT then.action)), ', ') AS started,
       array_agg(DISTINCT made.action) AS made_by,
       array_concat(array_agg(DISTINCT made.id), array_agg(DISTINCT then.id)) AS event_ids,
       CASE WHEN bool_or(made.caller = 'iac') THEN 'info' WHEN lower(made.role) LIKE '%admin%' THEN 'high'
            WHEN bool_or(made.caller = 'human') THEN 'medium' ELSE 'low' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, caller, eventsource, _window,
             concat(split_part(eventsource, '.', 1), ':', eventname) AS action,
             (regexp_match(requestparameters, 'arn:aws[a-z-]*:iam::[0-9]{12}:(?:role|instance-profile)\\?/[^"\\]+'))[1] AS role
      FROM cloudtrail
      WHERE eventname IN ('CreateProject', 'UpdateProject', 'RegisterJobDefinition', 'CreateLaunchConfiguration', 'PutPipelineDefinition', 'CreateJob',
                          'UpdateJob', 'RegisterTaskDefinition', 'CreateChangeSet', 'CreateDocument', 'CreateStateMachine', 'UpdateStateMachine',
                          'CreateNotebookInstance', 'CreateStackSet', 'CreateCodeInterpreter', 'CreateLaunchTemplateVersion')
        AND errorcode IS NULL
        AND caller <> 'aws_service'
        AND regexp_like(requestparameters, 'arn:aws[a-z-]*:iam::[0-9]{12}:(role|instance-profile)\\?/')) AS made
JOIN (SELECT principal, recipientaccountid AS account, eventtime AS at, eventid AS id, eventsource, _window,
             concat(split_part(eventsource, '.', 1), ':', eventname) AS action
      FROM cloudtrail
      WHERE eventname IN ('StartBuild', 'StartBuildBatch', 'SubmitJob', 'CreateAutoScalingGroup', 'ActivatePipeline', 'StartJobRun', 'CreateTrigger',
                          'RunTask', 'StartTask', 'CreateService', 'ExecuteChangeSet', 'StartAutomationExecution', 'StartExecution',
                          'CreatePresignedNotebookInstanceUrl', 'CreateStackInstances', 'StartCodeInterpreterSession', 'InvokeCodeInterpreter',
                          'ModifyLaunchTemplate')
        AND errorcode IS NULL) AS then
  ON then.account = made.account AND then.principal = made.principal AND then.eventsource = made.eventsource AND then._window = made._window
 AND then.at >= made.at
GROUP BY made.principal, made.account, made.region, made.role, made._window
