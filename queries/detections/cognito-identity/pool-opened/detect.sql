-- title: "{principal} changed what the identity pool {pool} gives to whom: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098, T1078.004]
-- why: A pool hands roles of the account to people on the internet, and to guests without any sign-in where that is
--   allowed.
-- do: Look at the roles and at what they may do; forbid guests.
-- false_positives: Development of the app.
-- references: [https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html]
-- group_by: [account, principal, pool]
SELECT coalesce(json_text(requestparameters, 'identityPoolId'), json_text(requestparameters, 'identityPoolName'), 'of unknown name') AS pool,
       json_text(requestparameters, 'roles') AS roles,
       CASE WHEN caller = 'iac' THEN 'low' WHEN json_text(requestparameters, 'roles.unauthenticated') IS NOT NULL THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'cognito-identity.amazonaws.com'
  AND eventname IN ('SetIdentityPoolRoles', 'UpdateIdentityPool', 'CreateIdentityPool')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname = 'SetIdentityPoolRoles' OR lower(json_text(requestparameters, 'allowUnauthenticatedIdentities')) = 'true'
       OR lower(json_text(requestparameters, 'allowClassicFlow')) = 'true')
