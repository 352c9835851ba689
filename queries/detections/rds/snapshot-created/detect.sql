-- title: "{principal} made a snapshot of the database {database}"
-- kind: match
-- severity: low
-- topics: [299]
-- mitre: [T1537, T1578.001]
-- why: A snapshot made by hand is a copy that can be shared or restored elsewhere.
-- do: Look whether the snapshot was shared, copied or exported.
-- false_positives: Administrators before a change; deployments.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'), 'of unknown name') AS database,
       coalesce(json_text(requestparameters, 'dBSnapshotIdentifier'), json_text(requestparameters, 'dBClusterSnapshotIdentifier')) AS snapshot,
       CASE WHEN json_text(responseelements, 'snapshotType') = 'public' THEN 'high' WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('CreateDBSnapshot', 'CreateDBClusterSnapshot')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND coalesce(json_text(responseelements, 'snapshotType'), 'manual') IN ('manual', 'public', 'shared')
