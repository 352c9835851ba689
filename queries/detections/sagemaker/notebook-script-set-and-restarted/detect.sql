-- title: "{principal} gave notebooks another start-up script and started them: {notebooks}"
-- kind: window
-- severity: high
-- topics: [342]
-- mitre: [T1059.004, T1098.003]
-- why: "The script runs as root with the role of the notebook, which is often a strong one. Set, and the notebook started:
--   so that role is taken."
-- do: Stop the notebook; look at the script and at what the role did since.
-- false_positives: Administration of notebooks by hand.
-- references:
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.execution.sagemaker-update-lifecycle-config/
--   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateNotebookInstance.html
-- window: 2h
-- every: 1h
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       array_to_string(array_agg(DISTINCT json_text(requestparameters, 'notebookInstanceName')) FILTER (WHERE eventname = 'UpdateNotebookInstance'), ', ') AS notebooks,
       array_agg(DISTINCT coalesce(json_text(requestparameters, 'lifecycleConfigName'), json_text(requestparameters, 'notebookInstanceLifecycleConfigName'))) AS scripts,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(caller = 'iac') THEN 'low' WHEN bool_or(eventname LIKE '%LifecycleConfig') THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'sagemaker.amazonaws.com'
  AND eventname IN ('CreateNotebookInstanceLifecycleConfig', 'UpdateNotebookInstanceLifecycleConfig', 'UpdateNotebookInstance', 'StartNotebookInstance')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'UpdateNotebookInstance' OR nullif(json_text(requestparameters, 'lifecycleConfigName'), '') IS NOT NULL)
GROUP BY principal, recipientaccountid, _window
HAVING min(CASE WHEN eventname = 'UpdateNotebookInstance' THEN eventtime END) <= max(CASE WHEN eventname = 'StartNotebookInstance' THEN eventtime END)
