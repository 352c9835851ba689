-- title: "{principal} moved or deleted the alias {alias}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1486]
-- why: What is encrypted from now on uses another key, perhaps one that only the caller can use.
-- do: Check whose the new key is.
-- false_positives: Rotation by hand.
-- references: [https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html]
-- group_by: [account, principal, alias]
SELECT coalesce(json_text(requestparameters, 'aliasName'), 'of unknown name') AS alias,
       json_text(requestparameters, 'targetKeyId') AS key,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('UpdateAlias', 'DeleteAlias')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
