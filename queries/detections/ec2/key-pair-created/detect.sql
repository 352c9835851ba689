-- title: "{principal} {act} the key pair {key}"
-- kind: match
-- severity: low
-- topics: [242, 243]
-- mitre: [T1098.004, T1021.004]
-- why: Machines started with the key pair let its holder in. Of an imported one AWS never saw the private key, so that
--   anybody may hold it.
-- do: Check who holds the key and which machines use it.
-- false_positives: Administrators; deployments.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html]
-- group_by: [account, principal, key]
SELECT coalesce(json_text(requestparameters, 'keyName'), 'of unknown name') AS key,
       CASE eventname WHEN 'ImportKeyPair' THEN 'brought in' ELSE 'created' END AS act,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateKeyPair', 'ImportKeyPair')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
