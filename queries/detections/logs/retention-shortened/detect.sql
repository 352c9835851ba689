-- title: "{principal} lets the log group {log_group} forget after {days} days"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562.008, T1070]
-- why: "What is older is deleted for good: a log is emptied so without any deletion in its name."
-- do: Set the days again; copy what is left.
-- false_positives: Chatty logs of test environments.
-- references: [https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html]
-- group_by: [account, principal, log_group]
SELECT coalesce(json_text(requestparameters, 'logGroupName'), json_text(requestparameters, 'logGroupIdentifier'), 'of unknown name') AS log_group,
       json_text(requestparameters, 'retentionInDays') AS days,
       CASE WHEN caller IN ('iac', 'workload') THEN 'low' WHEN regexp_like(lower(requestparameters), 'trail|audit|guard|vpc-?flow|flow-?log') THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'logs.amazonaws.com'
  AND eventname = 'PutRetentionPolicy'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'retentionInDays') IN ('1', '3', '5', '7')
