-- title: "{principal} {act} the permissions boundary of {target}"
-- kind: match
-- severity: high
-- topics: [80]
-- mitre: [T1098]
-- why: A boundary is the limit that delegated administrators work under. Without it their policies count in full.
-- do: Check who asked for it; put the boundary back.
-- false_positives: Changes of the delegation itself.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName')) AS target,
       CASE WHEN eventname LIKE 'Delete%' THEN 'removed' ELSE 'set' END AS act,
       CASE WHEN eventname LIKE 'Delete%' THEN 'high' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('DeleteUserPermissionsBoundary', 'DeleteRolePermissionsBoundary', 'PutUserPermissionsBoundary',
                    'PutRolePermissionsBoundary')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
