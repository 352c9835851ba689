-- title: "{principal} changed the policy of the KMS key {key}"
-- kind: match
-- severity: low
-- topics: [188]
-- mitre: [T1098, T1486]
-- why: The key policy says who decrypts and who may destroy the key. Grants to outsiders have a detection of their own; a
--   policy that locks its owners out, or lets a new role of the account in, is seen only here.
-- do: Read what changed; check that the administrators of the key are still in it.
-- false_positives: Deployments and new services that use the key.
-- references: [https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html]
-- group_by: [account, principal, key]
SELECT json_text(requestparameters, 'keyId') AS key,
       CASE WHEN json_text(requestparameters, 'bypassPolicyLockoutSafetyCheck') = 'true' THEN 'high'
            WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname = 'PutKeyPolicy'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
