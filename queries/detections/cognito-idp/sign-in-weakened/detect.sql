-- title: "{principal} changed how users of the pool {pool} sign in: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1556]
-- why: Without a second factor, with another identity provider or a client whose tokens live for years, the users of the
--   app are anybody's.
-- do: Compare the settings with the code; end sessions.
-- false_positives: Development of the app.
-- references: [https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolMfaConfig.html]
-- group_by: [account, principal, pool]
SELECT coalesce(json_text(requestparameters, 'userPoolId'), 'of unknown name') AS pool,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname IN ('UpdateUserPoolClient', 'CreateUserPoolClient') THEN 'low' WHEN eventname = 'DeleteUserPool' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'cognito-idp.amazonaws.com'
  AND eventname IN ('SetUserPoolMfaConfig', 'UpdateUserPool', 'CreateIdentityProvider', 'UpdateIdentityProvider',
                    'UpdateUserPoolClient', 'CreateUserPoolClient', 'DeleteUserPool', 'SetRiskConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname NOT IN ('SetUserPoolMfaConfig', 'UpdateUserPool') OR upper(json_text(requestparameters, 'mfaConfiguration')) = 'OFF')
  AND (eventname NOT IN ('UpdateUserPoolClient', 'CreateUserPoolClient') OR TRY_CAST(json_text(requestparameters, 'refreshTokenValidity') AS BIGINT) > 90)
