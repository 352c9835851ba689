-- title: "{principal} turned off the rotation of the KMS key {key}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1562]
-- why: A key that never changes is worth more to whoever has stolen what it protects.
-- do: Turn it on again, unless there is a reason.
-- false_positives: Keys whose material is imported.
-- references: [https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html]
-- group_by: [account, principal, key]
SELECT json_text(requestparameters, 'keyId') AS key
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname = 'DisableKeyRotation'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
