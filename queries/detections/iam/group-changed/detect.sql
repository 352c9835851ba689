-- title: "{principal} {act} the group {target}"
-- kind: match
-- severity: low
-- topics: [34, 35]
-- mitre: [T1098.003, T1531]
-- why: A new group can carry rights to many users at once; a deleted one takes rights from all its members,
--   as does taking them out of it.
-- do: Check that it was asked for. Follow which policies the new group gets and who is put into it.
-- false_positives: Set-up of teams, mostly from code.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html]
SELECT coalesce(json_text(requestparameters, 'groupName'), 'of unknown name') AS target,
       CASE eventname WHEN 'CreateGroup' THEN 'created' WHEN 'DeleteGroup' THEN 'deleted' ELSE 'took a user out of' END AS act,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateGroup', 'DeleteGroup', 'RemoveUserFromGroup')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
