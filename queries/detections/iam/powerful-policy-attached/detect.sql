-- title: "{principal} attached {policy_arn} to {target}: it gives {power}"
-- kind: match
-- severity: high
-- topics: [64, 65, 66]
-- mitre: [T1098.003]
-- why: AWS policies such as AdministratorAccess or IAMFullAccess make their holder an administrator, at once or a step
--   later.
-- do: Ask who asked for it. If nobody, detach it and look at what the holder did since.
-- false_positives: Set-up of administrators and break-glass roles.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
-- group_by: [account, principal, target]
-- enrich: power
SELECT json_text(requestparameters, 'policyArn') AS policy_arn,
       coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'),
                json_text(requestparameters, 'groupName')) AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('AttachUserPolicy', 'AttachRolePolicy', 'AttachGroupPolicy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
