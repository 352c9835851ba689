-- title: "{principal} opened the API of the cluster {cluster} to the internet"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1133]
-- why: Anybody may now try credentials, and every hole in the API server.
-- do: Name the networks that need it, or close it.
-- false_positives: Clusters that are administered from anywhere.
-- references: [https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'name'), 'of unknown name') AS cluster,
       json_text(requestparameters, 'resourcesVpcConfig.publicAccessCidrs') AS networks,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'eks.amazonaws.com'
  AND eventname = 'UpdateClusterConfig'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (lower(json_text(requestparameters, 'resourcesVpcConfig.endpointPublicAccess')) = 'true'
       OR regexp_like(json_text(requestparameters, 'resourcesVpcConfig.publicAccessCidrs'), '"(0\.0\.0\.0|::)/0"'))
  AND (json_text(requestparameters, 'resourcesVpcConfig.publicAccessCidrs') IS NULL
       OR regexp_like(json_text(requestparameters, 'resourcesVpcConfig.publicAccessCidrs'), '"(0\.0\.0\.0|::)/0"'))
