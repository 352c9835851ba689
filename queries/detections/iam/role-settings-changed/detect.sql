-- title: "{principal} changed how roles or sessions work: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098, T1550.001]
-- why: Longer sessions make a stolen one live longer; tokens of the global endpoint reach regions that were shut; an
--   account alias names the sign-in page.
-- do: Compare with what your rules say.
-- false_positives: Set-up of accounts and roles, mostly by code.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
SELECT coalesce(json_text(requestparameters, 'roleName'), json_text(requestparameters, 'globalEndpointTokenVersion'),
                json_text(requestparameters, 'accountAlias')) AS target,
       json_text(requestparameters, 'maxSessionDuration') AS seconds,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname = 'SetSecurityTokenServicePreferences' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('UpdateRole', 'UpdateRoleDescription', 'SetSecurityTokenServicePreferences', 'CreateAccountAlias', 'DeleteAccountAlias')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
