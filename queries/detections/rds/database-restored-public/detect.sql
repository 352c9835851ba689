-- title: "{principal} restored the database {database} with a public address"
-- kind: match
-- severity: high
-- topics: [293]
-- mitre: [T1537, T1133]
-- why: A copy of the data that the internet can reach is the quiet way to take it - the real database shows nothing.
-- do: Turn the public address off; look at who connected; ask the owner.
-- false_positives: Test systems.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'),
                json_text(requestparameters, 'targetDBInstanceIdentifier'), json_text(responseelements, 'dBInstanceIdentifier'), 'of unknown name') AS database,
       json_text(requestparameters, 'dBSnapshotIdentifier') AS source
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('RestoreDBInstanceFromDBSnapshot', 'RestoreDBInstanceFromS3', 'RestoreDBInstanceToPointInTime',
                    'RestoreDBClusterFromSnapshot', 'RestoreDBClusterFromS3', 'RestoreDBClusterToPointInTime')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(coalesce(json_text(responseelements, 'publiclyAccessible'), json_text(requestparameters, 'publiclyAccessible'))) = 'true'
