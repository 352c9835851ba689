-- title: "{principal} renamed {target} to {new_name}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1036, T1098]
-- why: Under another name an identity falls out of reports and of rules that name it, and keeps its keys.
-- do: Follow the id of the user (AIDA…), which stays.
-- false_positives: Marriages and reorganizations.
-- references: [https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'groupName'), 'an identity') AS target,
       coalesce(json_text(requestparameters, 'newUserName'), json_text(requestparameters, 'newGroupName'), json_text(requestparameters, 'newPath'), 'another path') AS new_name,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('UpdateUser', 'UpdateGroup')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
