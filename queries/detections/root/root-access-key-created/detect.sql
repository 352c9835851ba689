-- title: "An access key for root of account {account} was created"
-- kind: match
-- severity: critical
-- topics: [4]
-- mitre: [T1098.001]
-- why: A key for root never expires, needs no MFA and no policy limits it. It is what an intruder wants most.
-- do: Delete the key now and find out who was signed in as root.
-- false_positives: None worth the risk; AWS advises to have no root key at all.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
SELECT json_text(responseelements, 'accessKey.accessKeyId') AS created_key
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'CreateAccessKey'
  AND useridentity.type = 'Root'
  AND errorcode IS NULL
  AND json_text(requestparameters, 'userName') IS NULL
