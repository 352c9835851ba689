-- title: "{principal} made the database snapshot {target} public"
-- kind: match
-- severity: critical
-- topics: [228, 296]
-- mitre: [T1537]
-- why: Everybody with an AWS account may restore it and has the database.
-- do: Take the permission back; ask who restored it since.
-- false_positives: Hardly any.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'dBSnapshotIdentifier'), json_text(requestparameters, 'dBClusterSnapshotIdentifier'), 'of unknown name') AS target
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'valuesToAdd') LIKE '%"all"%'
