-- title: "{principal} signed in to the console with a password of its own"
-- kind: match
-- severity: info
-- topics: [11]
-- mitre: [T1078.004]
-- why: Where people come through an identity provider, a sign-in with an IAM password goes around it, and around the
--   provider's off-switch.
-- do: Move the user to Identity Center or SAML. A break-glass user should be named in an exception.
-- false_positives: Accounts without federation. Disable it there.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
SELECT json_text(additionaleventdata, 'MFAUsed') AS mfa
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND json_text(responseelements, 'ConsoleLogin') = 'Success'
  AND (useridentity.type IS DISTINCT FROM 'AssumedRole')
  AND (useridentity.type IS DISTINCT FROM 'FederatedUser')
  AND json_text(additionaleventdata, 'SamlProviderArn') IS NULL
