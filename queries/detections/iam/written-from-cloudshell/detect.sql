-- title: "{principal} changed identities from CloudShell: {event}"
-- kind: match
-- severity: low
-- topics: [90]
-- mitre: [T1059.009, T1098.001, T1136.003]
-- why: CloudShell is a shell in the browser with the rights of the signed-in person, and leaves nothing on a machine.
--   After a stolen console session it is the next step.
-- do: Ask the person whether it was them.
-- false_positives: Administrators who like CloudShell.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'), json_text(requestparameters, 'policyArn')) AS target,
       CASE WHEN eventname IN ('CreateAccessKey', 'CreateUser', 'CreateLoginProfile', 'UpdateAssumeRolePolicy') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'AttachUserPolicy', 'AttachRolePolicy',
                    'AttachGroupPolicy', 'PutUserPolicy', 'PutRolePolicy', 'PutGroupPolicy', 'AddUserToGroup', 'CreateRole',
                    'UpdateAssumeRolePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion', 'CreateInstanceProfile',
                    'AddRoleToInstanceProfile', 'DeactivateMFADevice', 'CreateSAMLProvider', 'CreateOpenIDConnectProvider')
  AND errorcode IS NULL
  AND (useragent LIKE '%exec-env/CloudShell%' OR useragent LIKE '%CloudShell%' OR useragent LIKE '%cloudshell%')
