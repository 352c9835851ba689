-- title: "{principal} took the emergency role {role}"
-- kind: match
-- severity: medium
-- topics: [103]
-- mitre: [T1078.004, T1548]
-- why: Break-glass roles, and the administrator role that Organizations makes in each account, are for emergencies. Each
--   use should have a reason that somebody knows.
-- do: Ask for the reason. To watch other roles, put their names into the list of this file.
-- false_positives: Drills; Control Tower and account vending, which use such roles by design.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- group_by: [account, principal, role]
SELECT json_text(requestparameters, 'roleArn') AS role,
       json_text(requestparameters, 'roleSessionName') AS session_name,
       CASE WHEN caller IN ('iac', 'workload') OR regexp_like(json_text(requestparameters, 'roleArn'), 'AWSControlTowerExecution') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity')
  AND errorcode IS NULL
  AND (useridentity.type IS DISTINCT FROM 'AWSService')
  AND caller <> 'aws_service'
  AND regexp_like(lower(json_text(requestparameters, 'roleArn')),
        ':role/(.*/)?[^/]*(break[-_]?glass|emergency|fire[-_]?call|full[-_]?admin|organizationaccountaccessrole|awscontroltowerexecution)[^/]*$')
