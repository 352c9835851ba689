-- title: "{principal} changed the roles or the networks of the warehouse {cluster}: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098.003, T1562.007]
-- why: With a role more the warehouse reads and writes elsewhere for whoever may run statements in it; with a network more
--   others reach it.
-- do: Look at what the role may do.
-- false_positives: Administration of the warehouse.
-- references: [https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyClusterIamRoles.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'clusterIdentifier'), json_text(requestparameters, 'clusterSecurityGroupName'), json_text(requestparameters, 'namespaceName'), 'of unknown name') AS cluster,
       json_text(requestparameters, 'addIamRoles') AS roles,
       CASE WHEN caller = 'iac' THEN 'info' WHEN requestparameters LIKE '%0.0.0.0/0%' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('redshift.amazonaws.com', 'redshift-serverless.amazonaws.com')
  AND eventname IN ('ModifyClusterIamRoles', 'AuthorizeClusterSecurityGroupIngress', 'UpdateNamespace')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
