-- title: "{principal} changed or deleted the cluster {cluster}"
-- kind: match
-- severity: low
-- topics: [290]
-- mitre: [T1578]
-- why: A cluster holds the data of several instances; what is changed on it holds for all of them.
-- do: Check that it has a ticket. The grave changes have detections of their own.
-- false_positives: Administration and deployments.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'dBClusterIdentifier'), 'of unknown name') AS cluster,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('ModifyDBCluster', 'DeleteDBCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
