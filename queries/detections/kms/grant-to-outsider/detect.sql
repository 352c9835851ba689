-- title: "{principal} gave {grantee} a grant on the KMS key {key}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1098]
-- why: A grant works beside the key policy and is easily overlooked. One for another account is a door to the data.
-- do: Revoke the grant; ask what it was for.
-- false_positives: Cross-account backups; name their accounts in the settings.
-- references: [https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html]
SELECT json_text(requestparameters, 'keyId') AS key,
       json_text(requestparameters, 'granteePrincipal') AS grantee,
       json_text(requestparameters, 'operations') AS operations
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname = 'CreateGrant'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'granteePrincipal') LIKE 'arn:%'
  AND (split_part(json_text(requestparameters, 'granteePrincipal'), ':', 5) IS DISTINCT FROM recipientaccountid)
  AND regexp_like(split_part(json_text(requestparameters, 'granteePrincipal'), ':', 5), '^[0-9]{12}$')
  AND trusted_account(split_part(json_text(requestparameters, 'granteePrincipal'), ':', 5)) IS NOT TRUE
