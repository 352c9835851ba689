-- title: "{principal} made {who} administrator of the cluster {cluster}"
-- kind: match
-- severity: high
-- topics: [338]
-- mitre: [T1098.006]
-- why: An administrator of the cluster reads all its secrets and runs anything on its machines.
-- do: Check who it is; take it back if it is not meant.
-- false_positives: Set-up of clusters.
-- references: [https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateAccessPolicy.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'clusterName'), 'of unknown name') AS cluster,
       coalesce(json_text(requestparameters, 'principalArn'), 'somebody') AS who,
       json_text(requestparameters, 'policyArn') AS policy,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'eks.amazonaws.com'
  AND eventname IN ('AssociateAccessPolicy', 'CreateAccessEntry', 'UpdateAccessEntry')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (regexp_like(json_text(requestparameters, 'policyArn'), 'cluster-access-policy/AmazonEKS(Cluster)?AdminPolicy$')
       OR json_text(requestparameters, 'kubernetesGroups') LIKE '%"system:masters"%')
