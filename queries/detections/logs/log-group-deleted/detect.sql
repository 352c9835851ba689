-- title: "{principal} deleted logs: {event} {log_group}"
-- kind: match
-- severity: medium
-- topics: [162, 163]
-- mitre: [T1562.008, T1485]
-- why: Deleted log groups and streams take evidence with them.
-- do: See what the group held; restore from exports if there are any.
-- false_positives: Clean-up after a stack is gone.
-- references: [https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html]
-- group_by: [account, principal, severity]
SELECT json_text(requestparameters, 'logGroupName') AS log_group,
       CASE WHEN lower(json_text(requestparameters, 'logGroupName')) LIKE '%cloudtrail%' THEN 'high' WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'logs.amazonaws.com'
  AND eventname IN ('DeleteLogGroup', 'DeleteLogStream')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
