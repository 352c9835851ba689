-- title: "{principal} encrypted a disk, snapshot or image with a key of account {owner}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1486, T1537]
-- why: Whoever owns the key can take it away. A copy under a foreign key, the original deleted, is ransom; it is also how
--   disks are carried off.
-- do: Copy it again under a key of your own while the key still answers; look for the deletion of the original.
-- false_positives: "Keys that a central account keeps for all: name it as trusted."
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html]
-- group_by: [account, principal, owner]
SELECT split_part(json_text(requestparameters, 'kmsKeyId'), ':', 5) AS owner,
       coalesce(json_text(requestparameters, 'sourceSnapshotId'), json_text(requestparameters, 'snapshotId'), json_text(requestparameters, 'sourceImageId')) AS source,
       json_text(requestparameters, 'kmsKeyId') AS key
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CopySnapshot', 'CopyImage', 'CreateVolume')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'kmsKeyId') LIKE 'arn:%'
  AND (split_part(json_text(requestparameters, 'kmsKeyId'), ':', 5) IS DISTINCT FROM recipientaccountid)
  AND trusted_account(split_part(json_text(requestparameters, 'kmsKeyId'), ':', 5)) IS NOT TRUE
