-- title: "{principal} deleted the database {database}, {snapshot}"
-- kind: match
-- severity: medium
-- topics: [291]
-- mitre: [T1485]
-- why: The data is gone but for its snapshots; where none was made at the end, it may be gone for good.
-- do: Check that it was meant; keep the automated backups.
-- false_positives: Taking down test databases.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'),
                json_text(requestparameters, 'globalClusterIdentifier'), 'of unknown name') AS database,
       CASE WHEN lower(json_text(requestparameters, 'skipFinalSnapshot')) = 'true' THEN 'without a last snapshot' ELSE 'with a last snapshot' END AS snapshot,
       CASE WHEN caller = 'iac' THEN 'low' WHEN lower(json_text(requestparameters, 'skipFinalSnapshot')) = 'true' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('DeleteDBInstance', 'DeleteDBCluster', 'DeleteGlobalCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
