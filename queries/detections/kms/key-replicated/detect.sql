-- title: "{principal} took the KMS key {key} to the region {target}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1537, T1578]
-- why: A replica of a multi-region key decrypts the same data in another region, under a policy of its own. A new primary
--   takes the control of the key along.
-- do: Check that the region is one of yours and read the policy of the replica.
-- false_positives: Set-up of a second region.
-- references: [https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html]
-- group_by: [account, principal, key]
SELECT json_text(requestparameters, 'keyId') AS key,
       coalesce(json_text(requestparameters, 'replicaRegion'), json_text(requestparameters, 'primaryRegion')) AS target,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('ReplicateKey', 'UpdatePrimaryRegion')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
