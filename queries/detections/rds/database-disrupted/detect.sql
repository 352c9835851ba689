-- title: "{principal} restarted or failed over the database {database}"
-- kind: match
-- severity: low
-- topics: [303, 304]
-- mitre: [T1499]
-- why: Programs lose their connections for a while; changes that wait for a restart take effect.
-- do: Check that it was meant.
-- false_positives: Maintenance and tests.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RebootDBInstance.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), json_text(requestparameters, 'dBClusterIdentifier'),
                json_text(requestparameters, 'globalClusterIdentifier'), 'of unknown name') AS database,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('RebootDBInstance', 'RebootDBCluster', 'FailoverDBCluster', 'FailoverGlobalCluster', 'SwitchoverGlobalCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
