-- title: "{principal} took the role {role} through SAML"
-- kind: match
-- severity: info
-- topics: [116]
-- mitre: [T1078.004, T1550]
-- why: The record of who came in through which SAML provider.
-- do: Nothing alone. After a change of the provider (identity-provider-changed) read it with care.
-- false_positives: Everybody who works through SAML.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- group_by: [account, provider]
SELECT json_text(requestparameters, 'roleArn') AS role,
       coalesce(json_text(requestparameters, 'principalArn'), 'of unknown name') AS provider,
       errorcode AS outcome
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'AssumeRoleWithSAML'
