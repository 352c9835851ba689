-- title: "{principal} changed who may take the role {role}"
-- kind: match
-- severity: low
-- topics: [83]
-- mitre: [T1098]
-- why: The record of all changes; who from outside gets in is told by role-trust-granted, and whoever opens a role and
--   takes it by role-opened-and-taken.
-- do: Compare the document with the one before.
-- false_positives: Administration; roles that change often.
-- references: [https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html]
-- group_by: [account, principal, role]
SELECT coalesce(json_text(requestparameters, 'roleName'), 'of unknown name') AS role,
       json_text(requestparameters, 'policyDocument') AS document,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'UpdateAssumeRolePolicy'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
