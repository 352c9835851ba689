-- title: "{principal} started {what} in SageMaker with the role {role}"
-- kind: match
-- severity: low
-- topics: [95]
-- mitre: [T1078.004, T1098.003]
-- why: A notebook or job runs what its maker writes, with the rights of the role. With a strong role it is a step up.
-- do: Compare the role with what its maker may do.
-- false_positives: Data scientists at work.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, role]
SELECT coalesce(json_text(requestparameters, 'roleArn'), json_text(requestparameters, 'executionRoleArn'), 'of unknown name') AS role,
       regexp_replace(eventname, '^(Create|Update)', '') AS what,
       CASE WHEN caller = 'iac' THEN 'info' WHEN lower(requestparameters) LIKE '%:role/%admin%' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'sagemaker.amazonaws.com'
  AND eventname IN ('CreateNotebookInstance', 'CreateTrainingJob', 'CreateProcessingJob', 'CreateTransformJob', 'CreateHyperParameterTuningJob',
                    'CreateAutoMLJob', 'CreateAutoMLJobV2', 'CreateModel', 'CreateDomain', 'CreateUserProfile', 'CreatePipeline',
                    'CreateCompilationJob', 'CreateLabelingJob', 'UpdateNotebookInstance')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND requestparameters LIKE '%:role%'
