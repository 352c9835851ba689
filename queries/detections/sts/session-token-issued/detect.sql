-- title: "{principal} turned its key into session tokens"
-- kind: match
-- severity: info
-- topics: [106]
-- mitre: [T1550.001]
-- why: "GetSessionToken by a long-lived key: the token goes on working after the key is disabled."
-- do: Nothing alone; with other findings of the same principal, remember the token.
-- false_positives: MFA tools of developers use it all day.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
SELECT json_text(requestparameters, 'serialNumber') AS mfa_device,
       json_text(responseelements, 'credentials.accessKeyId') AS session_key
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'GetSessionToken'
  AND errorcode IS NULL
  AND useridentity.type = 'IAMUser'
