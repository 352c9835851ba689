-- title: "MFA of root in account {account} was {change}"
-- kind: match
-- severity: high
-- topics: [50]
-- mitre: [T1556.006]
-- why: Without MFA the root password alone opens the account; a new device may be the intruder's.
-- do: Ask the owner of root. If unknown, remove the device and change the password.
-- false_positives: A new phone.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
SELECT CASE eventname WHEN 'EnableMFADevice' THEN 'turned on' ELSE 'taken away' END AS change,
       CASE eventname WHEN 'EnableMFADevice' THEN 'medium' ELSE 'critical' END AS severity,
       json_text(requestparameters, 'serialNumber') AS device
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('EnableMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice')
  AND errorcode IS NULL
  AND (json_text(requestparameters, 'serialNumber') LIKE '%:mfa/root-account-mfa-device'
       OR (useridentity.type = 'Root' AND json_text(requestparameters, 'userName') IS NULL))
