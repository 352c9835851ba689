-- title: "{principal} {act} the KMS key {key}"
-- kind: match
-- severity: high
-- topics: [187]
-- mitre: [T1485]
-- cis: ["4.7"]
-- why: Without its key, data is gone for as long as the key is. Deletion is final after the waiting time.
-- do: Cancel the deletion or enable the key; ask who needs it.
-- false_positives: Clean-up of keys that nothing uses.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
-- group_by: [account, principal, key]
SELECT json_text(requestparameters, 'keyId') AS key,
       CASE eventname WHEN 'DisableKey' THEN 'disabled' ELSE 'scheduled the deletion of' END AS act
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('DisableKey', 'ScheduleKeyDeletion')
  AND errorcode IS NULL
