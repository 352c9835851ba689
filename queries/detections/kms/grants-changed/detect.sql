-- title: "{principal} changed grants of the KMS key {key}: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098]
-- why: A grant lets somebody use a key beside its policy and shows in no policy. One that is made by hand stays until
--   somebody retires it; one that is revoked takes a program its data.
-- do: Ask what the grant is for; list the grants of the key.
-- false_positives: Programs that encrypt volumes or databases make grants for the services they use.
-- references: [https://docs.aws.amazon.com/kms/latest/developerguide/grants.html]
-- group_by: [account, principal, key]
SELECT coalesce(json_text(requestparameters, 'keyId'), resources[1]['arn']) AS key,
       coalesce(json_text(requestparameters, 'granteePrincipal'), json_text(requestparameters, 'granteeServicePrincipal')) AS grantee,
       json_text(requestparameters, 'operations') AS operations,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('CreateGrant', 'RetireGrant', 'RevokeGrant')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
