-- title: "{principal} let another issuer's tokens into Identity Center: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1556, T1484.002]
-- why: A trusted token issuer can vouch for any user of the directory towards applications; attributes for access control
--   decide what tags sessions bear.
-- do: Check the issuer's address and the attribute that maps its users.
-- false_positives: Set-up of an application with its own sign-in.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/using-apps-with-trusted-token-issuer.html]
SELECT coalesce(json_text(requestparameters, 'trustedTokenIssuerConfiguration.oidcJwtConfiguration.issuerUrl'),
                json_text(requestparameters, 'trustedTokenIssuerArn'), json_text(requestparameters, 'name')) AS issuer,
       CASE WHEN caller = 'iac' OR eventname LIKE '%AccessControlAttribute%' OR eventname LIKE 'Delete%' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'sso.amazonaws.com'
  AND eventname IN ('CreateTrustedTokenIssuer', 'UpdateTrustedTokenIssuer', 'DeleteTrustedTokenIssuer', 'PutApplicationGrant',
                    'PutApplicationAuthenticationMethod', 'CreateInstanceAccessControlAttributeConfiguration',
                    'UpdateInstanceAccessControlAttributeConfiguration', 'DeleteInstanceAccessControlAttributeConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
