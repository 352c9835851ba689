-- title: "{principal} turned off logs of the cluster {cluster}"
-- kind: match
-- severity: medium
-- topics: [182]
-- mitre: [T1562.008]
-- why: The logs of the control plane say who did what in the cluster; nothing else does.
-- do: Turn them on again; look at what else the caller did.
-- false_positives: Cost cutting.
-- references: [https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'name'), 'of unknown name') AS cluster,
       json_text(requestparameters, 'logging.clusterLogging') AS logs,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'eks.amazonaws.com'
  AND eventname = 'UpdateClusterConfig'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(json_text(requestparameters, 'logging.clusterLogging'), '"enabled":false')
