-- title: "The identity pool {pool} gave credentials to a guest at {from_address}"
-- kind: match
-- severity: info
-- topics: [126]
-- mitre: [T1078.004, T1078.001]
-- why: An identity pool with guest access gives AWS credentials to anybody who knows its id, which stands in every copy
--   of the app.
-- do: Look at what the guest role may do. Turn guest access off where the app does not need it.
-- false_positives: Apps that are built so.
-- references: [https://docs.aws.amazon.com/cognito/latest/developerguide/identity-pools.html]
-- group_by: [account, pool]
SELECT coalesce(json_text(requestparameters, 'identityPoolId'), json_text(requestparameters, 'identityId'), 'of unknown id') AS pool,
       sourceipaddress AS from_address,
       CASE WHEN useragent LIKE 'aws-cli/%' OR lower(useragent) LIKE 'python-requests%' OR useragent LIKE 'curl/%' OR useragent LIKE 'Boto3/%'
            THEN 'medium' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'cognito-identity.amazonaws.com'
  AND eventname IN ('GetCredentialsForIdentity', 'GetId', 'GetOpenIdToken')
  AND errorcode IS NULL
  AND (useridentity.type IS NULL OR useridentity.type NOT IN ('AWSService', 'IAMUser', 'AssumedRole', 'Root'))
  AND coalesce(json_text(requestparameters, 'logins'), '{}') IN ('{}', '')
