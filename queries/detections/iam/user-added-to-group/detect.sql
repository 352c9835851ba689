-- title: "{principal} added {target} to the group {group_name}"
-- kind: match
-- severity: medium
-- topics: [36]
-- mitre: [T1098.003]
-- why: Membership brings all policies of the group; adding oneself is a way to more.
-- do: Check what the group may do and who asked for it.
-- false_positives: People who change teams.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html]
-- group_by: [account, principal, group_name]
SELECT json_text(requestparameters, 'userName') AS target,
       json_text(requestparameters, 'groupName') AS group_name,
       CASE WHEN json_text(requestparameters, 'userName') = useridentity.username THEN 'high'
            WHEN lower(json_text(requestparameters, 'groupName')) LIKE '%admin%' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'AddUserToGroup'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
