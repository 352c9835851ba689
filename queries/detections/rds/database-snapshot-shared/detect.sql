-- title: "{principal} shared the database snapshot {target} with {who}"
-- kind: match
-- severity: high
-- topics: [296]
-- mitre: [T1537]
-- why: Whoever may restore it has the database.
-- do: Take the permission back; ask who owns the account.
-- false_positives: Copies for other accounts of your own; name them in the settings.
-- references:
--   - https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.exfiltration.rds-share-snapshot/
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'dBSnapshotIdentifier'), json_text(requestparameters, 'dBClusterSnapshotIdentifier'), 'of unknown name') AS target,
       concat('account ', json_text(requestparameters, 'valuesToAdd[0]')) AS who
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'valuesToAdd') NOT LIKE '%"all"%'
  AND regexp_like(replace(json_text(requestparameters, 'valuesToAdd'), coalesce(recipientaccountid, '-'), ''), '[0-9]{12}')
  AND (trusted_account(json_text(requestparameters, 'valuesToAdd[0]')) IS NOT TRUE
       OR (json_text(requestparameters, 'valuesToAdd[1]') IS NOT NULL
           AND trusted_account(json_text(requestparameters, 'valuesToAdd[1]')) IS NOT TRUE))
