-- title: "{principal} changed the material of the KMS key {key}: {event}"
-- kind: match
-- severity: high
-- topics: [189, 190]
-- mitre: [T1485, T1486]
-- why: Imported material is known outside AWS. Whoever encrypts with a key of their own and deletes the material holds
--   the data to ransom.
-- do: Ask the owner of the key at once.
-- false_positives: Bring-your-own-key set-ups.
-- references: [https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html]
-- group_by: [account, principal, key]
SELECT json_text(requestparameters, 'keyId') AS key,
       CASE eventname WHEN 'ImportKeyMaterial' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('ImportKeyMaterial', 'DeleteImportedKeyMaterial')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
