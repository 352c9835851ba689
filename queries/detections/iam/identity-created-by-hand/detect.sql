-- title: "{principal} created the {kind} {target} by hand"
-- kind: match
-- severity: info
-- topics: [33]
-- mitre: [T1136.003]
-- why: Where identities come from code, one that was made by hand has no review and no owner.
-- do: Ask for the reason; put it into code, or delete it.
-- false_positives: Accounts without infrastructure as code. Disable it there.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'),
                json_text(requestparameters, 'groupName'), json_text(requestparameters, 'instanceProfileName'),
                'of unknown name') AS target,
       CASE eventname WHEN 'CreateUser' THEN 'user' WHEN 'CreateRole' THEN 'role' WHEN 'CreateGroup' THEN 'group'
                      ELSE 'instance profile' END AS kind,
       CASE WHEN eventname = 'CreateUser' AND caller = 'human' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateUser', 'CreateRole', 'CreateGroup', 'CreateInstanceProfile')
  AND errorcode IS NULL
  AND caller <> 'iac'
  AND caller <> 'aws_service'
