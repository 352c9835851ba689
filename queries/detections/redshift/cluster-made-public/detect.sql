-- title: "{principal} gave the warehouse {cluster} a public address"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1133]
-- why: A warehouse holds what all other databases hold, and is guarded by a password alone once it has a public address.
-- do: Take the address away; look at connections since.
-- false_positives: Test warehouses.
-- references: [https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'clusterIdentifier'), json_text(requestparameters, 'workgroupName'), 'of unknown name') AS cluster,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource IN ('redshift.amazonaws.com', 'redshift-serverless.amazonaws.com')
  AND eventname IN ('CreateCluster', 'ModifyCluster', 'RestoreFromClusterSnapshot', 'CreateWorkgroup', 'UpdateWorkgroup')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(json_text(requestparameters, 'publiclyAccessible')) = 'true'
