-- title: "{principal} signed in to the console with a federation token and no MFA"
-- kind: match
-- severity: medium
-- topics: [16]
-- mitre: [T1078.004, T1550.001]
-- why: "A console session of a federated user comes from GetFederationToken and a sign-in link: the way from a stolen
--   key to the console that outlives the key."
-- do: Find who issued the token (federation-token-issued, by access key), and whether your own broker did.
-- false_positives: Home-made sign-in brokers.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html]
SELECT useridentity.sessioncontext.sessionissuer.arn AS issuer
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname IN ('ConsoleLogin', 'GetSigninToken')
  AND useridentity.type = 'FederatedUser'
  AND errorcode IS NULL
  AND coalesce(responseelements, '') NOT LIKE '%Failure%'
  AND (json_text(additionaleventdata, 'MFAUsed') IS DISTINCT FROM 'Yes')
  AND (useridentity.sessioncontext.attributes.mfaauthenticated IS DISTINCT FROM 'true')
