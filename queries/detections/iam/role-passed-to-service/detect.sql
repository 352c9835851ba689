-- title: "{principal} handed the role {role} to a service: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098.003, T1078.004]
-- why: The service acts with the role, and does what its maker says. PassRole has no event; role names in requests like
--   this one are where it shows.
-- do: Compare the role with what the principal may do.
-- false_positives: Everyday set-up of these services. By code it is info.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, role]
SELECT (regexp_match(requestparameters, 'arn:aws[a-z-]*:iam::[0-9]{12}:(?:role|instance-profile)\\?/[^"\\]+'))[1] AS role,
       CASE WHEN caller = 'iac' THEN 'info'
            WHEN regexp_like(requestparameters, '(?i):role\\?/[^"]*admin') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('apprunner.amazonaws.com', 'scheduler.amazonaws.com', 'states.amazonaws.com', 'autoscaling.amazonaws.com',
                      'batch.amazonaws.com', 'datapipeline.amazonaws.com', 'ssm.amazonaws.com', 'bedrock-agentcore.amazonaws.com',
                      'bedrock-agentcore-control.amazonaws.com', 'events.amazonaws.com', 'emr-serverless.amazonaws.com',
                      'elasticmapreduce.amazonaws.com', 'codepipeline.amazonaws.com', 'amplify.amazonaws.com', 'cloud9.amazonaws.com',
                      'kinesisanalytics.amazonaws.com', 'imagebuilder.amazonaws.com', 'pipes.amazonaws.com', 'gamelift.amazonaws.com',
                      'braket.amazonaws.com', 'omics.amazonaws.com', 'mwaa.amazonaws.com', 'airflow.amazonaws.com', 'greengrass.amazonaws.com',
                      'iot.amazonaws.com', 'transfer.amazonaws.com', 'firehose.amazonaws.com', 'codedeploy.amazonaws.com', 'elasticbeanstalk.amazonaws.com',
                      'bedrock.amazonaws.com', 'dms.amazonaws.com', 'appsync.amazonaws.com', 'servicecatalog.amazonaws.com', 'cognito-idp.amazonaws.com')
  AND eventname IN ('CreateService', 'UpdateService', 'CreateSchedule', 'UpdateSchedule', 'CreateStateMachine', 'UpdateStateMachine',
                    'CreateLaunchConfiguration', 'RegisterJobDefinition', 'CreatePipeline', 'PutPipelineDefinition', 'UpdatePipeline',
                    'CreateDocument', 'StartAutomationExecution', 'CreateAssociation', 'RegisterTaskWithMaintenanceWindow', 'CreateActivation',
                    'CreateCodeInterpreter', 'CreateAgentRuntime', 'UpdateAgentRuntime', 'CreateBrowser', 'PutTargets', 'PutRule',
                    'StartJobRun', 'RunJobFlow', 'CreateApp', 'UpdateApp', 'CreateApplication', 'CreateEnvironment', 'UpdateEnvironment',
                    'CreateInfrastructureConfiguration', 'CreatePipe', 'CreateBuild', 'CreateFleet', 'CreateJob', 'StartRun', 'CreateRoleAlias',
                    'UpdateRoleAlias', 'CreateTopicRule', 'CreateUser', 'UpdateUser', 'CreateDeliveryStream', 'UpdateDestination', 'CreateDeploymentGroup',
                    'UpdateDeploymentGroup', 'CreateAgent', 'UpdateAgent', 'CreateKnowledgeBase', 'CreateModelInvocationJob', 'CreateModelCustomizationJob',
                    'CreateFlow', 'CreateEndpoint', 'CreateDataSource', 'CreateConstraint', 'ProvisionProduct', 'CreateUserPool', 'UpdateUserPool')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(requestparameters, 'arn:aws[a-z-]*:iam::[0-9]{12}:(role|instance-profile)\\?/')
