-- title: "{principal} deleted database snapshots"
-- kind: match
-- severity: medium
-- topics: [297]
-- mitre: [T1490, T1485]
-- why: Snapshots are the way back after deletion or extortion.
-- do: Check that it was meant; look at what else was deleted.
-- false_positives: Clean-up of old snapshots.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSnapshot.html]
SELECT coalesce(json_text(requestparameters, 'dBSnapshotIdentifier'), json_text(requestparameters, 'dBClusterSnapshotIdentifier')) AS snapshot,
       CASE WHEN caller IN ('iac', 'workload') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('DeleteDBSnapshot', 'DeleteDBClusterSnapshot')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
