-- title: "{principal} registered an MFA device with temporary credentials"
-- kind: match
-- severity: low
-- topics: [51]
-- mitre: [T1098.005]
-- why: Who stole a session may register a device of their own, to stay and to pass MFA conditions.
-- do: Ask the owner whether the device is theirs.
-- false_positives: People who register their device in the console, which uses temporary credentials too.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html]
SELECT coalesce(json_text(requestparameters, 'serialNumber'), json_text(requestparameters, 'virtualMFADeviceName')) AS device,
       CASE WHEN sessioncredentialfromconsole = 'true' OR useragent LIKE '%console%' OR useragent LIKE 'Mozilla/%'
            THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateVirtualMFADevice', 'EnableMFADevice')
  AND errorcode IS NULL
  AND useridentity.accesskeyid LIKE 'ASIA%'
  AND useridentity.type <> 'Root'
