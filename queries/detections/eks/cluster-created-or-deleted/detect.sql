-- title: "{principal} {act} the cluster {cluster}"
-- kind: match
-- severity: low
-- topics: [336]
-- mitre: [T1485, T1578]
-- why: A deleted cluster takes all that runs on it along; a new one may run what nobody asked for.
-- do: Check that it was meant.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteCluster.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'name'), 'of unknown name') AS cluster,
       CASE eventname WHEN 'DeleteCluster' THEN 'deleted' ELSE 'created' END AS act,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' WHEN eventname = 'DeleteCluster' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'eks.amazonaws.com'
  AND eventname IN ('CreateCluster', 'DeleteCluster')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
