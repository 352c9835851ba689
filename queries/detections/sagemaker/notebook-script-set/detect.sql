-- title: "{principal} set the start-up script of notebooks: {name}"
-- kind: match
-- severity: low
-- topics: [342]
-- mitre: [T1059.004, T1546]
-- why: The script runs as root whenever a notebook starts, with the role of the notebook.
-- do: Read the script (it is base64) and see which notebooks use it.
-- false_positives: Set-up of notebooks.
-- references:
--   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateNotebookInstanceLifecycleConfig.html
-- group_by: [account, principal, name]
SELECT coalesce(json_text(requestparameters, 'notebookInstanceLifecycleConfigName'), json_text(requestparameters, 'studioLifecycleConfigName'), 'of unknown name') AS name,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'sagemaker.amazonaws.com'
  AND eventname IN ('CreateNotebookInstanceLifecycleConfig', 'UpdateNotebookInstanceLifecycleConfig', 'CreateStudioLifecycleConfig')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
