-- title: "{principal} wrote the policy {policy} for {target}: it gives {power}"
-- kind: match
-- severity: high
-- topics: [71, 72, 73, 76, 77]
-- mitre: [T1098.003]
-- why: A policy that allows everything, all of IAM, or one of the known steps to more makes its holder an
--   administrator.
-- do: Read the document, ask who needs it, and narrow it to the actions in use.
-- false_positives: Set-up of administrators, and pipelines that need iam:PassRole; the latter are low.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
-- group_by: [account, principal, policy]
-- enrich: power
SELECT json_text(requestparameters, 'policyDocument') AS document,
       coalesce(json_text(requestparameters, 'policyName'), json_text(requestparameters, 'policyArn')) AS policy,
       coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'),
                json_text(requestparameters, 'groupName'), 'whoever it is attached to') AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('PutUserPolicy', 'PutRolePolicy', 'PutGroupPolicy', 'CreatePolicy', 'CreatePolicyVersion')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
