-- title: "{principal} took an MFA device away from {target}"
-- kind: match
-- severity: medium
-- topics: [50]
-- mitre: [T1556.006]
-- why: Without MFA a stolen password is enough. Doing it to another user is how accounts are taken over.
-- do: Ask the user. If it was not wanted, restore the device and change the password.
-- false_positives: A lost or new phone.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'userName'),
                regexp_replace(coalesce(json_text(requestparameters, 'serialNumber'), ''), '^.*:mfa/', '')) AS target,
       CASE WHEN json_text(requestparameters, 'userName') = useridentity.username THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('DeactivateMFADevice', 'DeleteVirtualMFADevice')
  AND errorcode IS NULL
  AND coalesce(json_text(requestparameters, 'serialNumber'), '') NOT LIKE '%:mfa/root-account-mfa-device'
