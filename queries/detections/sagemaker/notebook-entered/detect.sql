-- title: "{principal} {act} the notebook {notebook}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1078.004, T1059]
-- why: A link to a running notebook, or a script that runs at its start, gives the rights of the notebook's role to
--   whoever made it.
-- do: Check that the notebook is the principal's own.
-- false_positives: Data scientists who open their notebooks.
-- references: [https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html]
-- group_by: [account, principal, notebook]
SELECT coalesce(json_text(requestparameters, 'notebookInstanceName'), json_text(requestparameters, 'userProfileName'),
                json_text(requestparameters, 'notebookInstanceLifecycleConfigName'),
                json_text(requestparameters, 'studioLifecycleConfigName'), 'of unknown name') AS notebook,
       CASE WHEN eventname LIKE 'CreatePresigned%' THEN 'made a link into' ELSE 'set a script to run in' END AS act,
       CASE WHEN eventname LIKE 'CreatePresigned%' OR caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'sagemaker.amazonaws.com'
  AND eventname IN ('CreatePresignedNotebookInstanceUrl', 'CreatePresignedDomainUrl', 'CreateNotebookInstanceLifecycleConfig',
                    'UpdateNotebookInstanceLifecycleConfig', 'CreateStudioLifecycleConfig')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
