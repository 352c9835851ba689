-- title: "{principal} changed how code gets into the account: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1195.002, T1072]
-- why: Pipelines and connections to code hosts deploy with rights that few people have.
-- do: Compare with the definition in the code.
-- false_positives: People who build pipelines.
-- references: [https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_UpdatePipeline.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'pipeline.name'), json_text(requestparameters, 'connectionName'), json_text(requestparameters, 'applicationName')) AS target,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('codepipeline.amazonaws.com', 'codedeploy.amazonaws.com', 'codestar-connections.amazonaws.com', 'codeconnections.amazonaws.com', 'codestar.amazonaws.com', 'amplify.amazonaws.com')
  AND eventname IN ('UpdatePipeline', 'CreatePipeline', 'CreateDeploymentGroup', 'UpdateDeploymentGroup', 'CreateConnection',
                    'UpdateConnectionInstallation', 'CreateProject', 'CreateApp', 'CreateWebhook')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
