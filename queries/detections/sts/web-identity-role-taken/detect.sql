-- title: "{principal} took the role {role} with a web identity"
-- kind: match
-- severity: info
-- topics: [111]
-- mitre: [T1199, T1550]
-- why: The record of pipelines, pods and apps that came in by OIDC.
-- do: Nothing alone. A failure with a strange subject is somebody who tries a role's trust policy; that is low.
-- false_positives: Everything that works by OIDC.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- group_by: [account, role, outcome]
SELECT coalesce(json_text(requestparameters, 'roleArn'), 'of unknown name') AS role,
       coalesce(errorcode, 'ok') AS outcome,
       CASE WHEN denied THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'AssumeRoleWithWebIdentity'
