-- title: "{principal} created the role {role}"
-- kind: match
-- severity: info
-- topics: [81]
-- mitre: [T1136.003]
-- why: A role is an identity; who may take it, and what it may do, is in role-trust-granted and the policy detections.
-- do: Nothing alone. Use it to see since when a role exists, and who made it.
-- false_positives: Every deployment makes roles.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'roleName'), 'of unknown name') AS role,
       json_text(requestparameters, 'path') AS path
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'CreateRole'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
