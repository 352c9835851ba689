-- title: "{principal} removed a warehouse, a snapshot of it or its logs: {event} {cluster}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1485, T1562.008]
-- why: Data and the record of who read it go the same way.
-- do: Restore from a snapshot; turn logging on again.
-- false_positives: The end of a project.
-- references:
--   - https://docs.aws.amazon.com/redshift/latest/APIReference/API_DeleteCluster.html
--   - https://docs.aws.amazon.com/redshift/latest/APIReference/API_DisableLogging.html
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'clusterIdentifier'), json_text(requestparameters, 'snapshotIdentifier'), json_text(requestparameters, 'namespaceName'), '') AS cluster,
       CASE WHEN caller = 'iac' THEN 'low' WHEN lower(json_text(requestparameters, 'skipFinalClusterSnapshot')) = 'true' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('redshift.amazonaws.com', 'redshift-serverless.amazonaws.com')
  AND eventname IN ('DeleteCluster', 'DeleteClusterSnapshot', 'BatchDeleteClusterSnapshots', 'DisableLogging',
                    'DeleteNamespace')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
