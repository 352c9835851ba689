-- title: "Somebody at {from_address} got new tokens of the client {client} with a refresh token"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1098, T1550.001]
-- why: "A refresh token is worth a sign-in, without a password and a second factor, for as long as it lives: up to ten
--   years. A stolen one works from anywhere."
-- do: Compare address and program with where the user signs in; revoke the token (RevokeToken, AdminUserGlobalSignOut).
-- false_positives: Every app that keeps its users signed in.
-- references:
--   - https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.persistence.cognito-refresh-token-reuse/
-- group_by: [account, client, from_address]
SELECT coalesce(json_text(requestparameters, 'clientId'), 'of unknown name') AS client,
       sourceipaddress AS from_address,
       useragent AS program,
       json_text(additionaleventdata, 'sub') AS user,
       CASE WHEN useragent LIKE 'aws-cli/%' OR useragent LIKE 'curl/%' OR lower(useragent) LIKE 'python-requests%' OR useragent LIKE 'stratus-red-team%' THEN 'medium' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'cognito-idp.amazonaws.com'
  AND eventname IN ('GetTokensFromRefreshToken', 'InitiateAuth', 'AdminInitiateAuth')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname = 'GetTokensFromRefreshToken'
       OR json_text(requestparameters, 'authFlow') IN ('REFRESH_TOKEN', 'REFRESH_TOKEN_AUTH'))
