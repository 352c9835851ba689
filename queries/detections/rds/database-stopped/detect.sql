-- title: "{principal} stopped the database {database}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1489]
-- why: What needs the database stands still.
-- do: Start it again, if nobody meant it.
-- false_positives: Databases that sleep at night; programs are told as info.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StopDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'), 'of unknown name') AS database,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('StopDBInstance', 'StopDBCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
