-- title: "{principal} came to the access portal: {event}"
-- kind: match
-- severity: info
-- topics: [24]
-- mitre: [T1078.004]
-- why: Sign-ins to the Identity Center portal and the tokens it hands to command lines. A token by the device flow is
--   what phishing for `aws sso login` is after.
-- do: Nothing alone. With a token from a strange address (token-from-new-address) ask the person.
-- false_positives: Everybody who works through Identity Center.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html]
SELECT coalesce(useridentity.username, useridentity.onbehalfof.userid) AS user,
       json_text(requestparameters, 'grantType') AS grant_type
FROM cloudtrail
WHERE eventsource IN ('sso.amazonaws.com', 'sso-oauth.amazonaws.com', 'sso-oidc.amazonaws.com')
  AND eventname IN ('Authenticate', 'Federate', 'CreateToken', 'CreateTokenWithIAM', 'ListApplications', 'StartDeviceAuthorization',
                    'RegisterClient')
  AND (useridentity.type IS DISTINCT FROM 'AWSService')
