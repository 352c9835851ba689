-- title: "{principal} restored a copy of a database: {database}"
-- kind: match
-- severity: low
-- topics: [294]
-- mitre: [T1578.002, T1074.002]
-- why: A restored copy has all the data, but a password, a network and guards of its own.
-- do: Check that it was meant; look at who reaches the copy.
-- false_positives: Tests of backups; test systems.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'),
                json_text(requestparameters, 'targetDBInstanceIdentifier'), 'of unknown name') AS database,
       coalesce(json_text(requestparameters, 'dBSnapshotIdentifier'), json_text(requestparameters, 'snapshotIdentifier'), json_text(requestparameters, 's3BucketName')) AS source,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('RestoreDBInstanceFromDBSnapshot', 'RestoreDBInstanceFromS3', 'RestoreDBInstanceToPointInTime',
                    'RestoreDBClusterFromSnapshot', 'RestoreDBClusterFromS3', 'RestoreDBClusterToPointInTime')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
