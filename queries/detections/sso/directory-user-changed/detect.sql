-- title: "{principal} made or changed a user of Identity Center: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1136.003, T1098]
-- why: The users of Identity Center reach all accounts that their groups are assigned to. Where an identity provider makes
--   them, a user made by hand is odd.
-- do: Compare with the identity provider.
-- false_positives: Directories without an identity provider.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateUser.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'userId'), 'of unknown name') AS target,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname = 'UpdatePassword' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('identitystore.amazonaws.com', 'sso-directory.amazonaws.com')
  AND eventname IN ('CreateUser', 'UpdateUser', 'UpdatePassword', 'EnableUser', 'DeleteUser', 'DisableUser', 'VerifyEmail')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (useragent IS DISTINCT FROM 'scim.amazonaws.com')
