-- title: "{principal} changed who gets into the cluster {cluster}: {event} {who}"
-- kind: match
-- severity: medium
-- topics: [337]
-- mitre: [T1098.006]
-- why: An access entry turns an IAM user or role into a user of the cluster, beside what is set up in the cluster itself.
-- do: Check who it is and what they may do in the cluster.
-- false_positives: Set-up of clusters.
-- references: [https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteAccessEntry.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'clusterName'), 'of unknown name') AS cluster,
       coalesce(json_text(requestparameters, 'principalArn'), '') AS who,
       json_text(requestparameters, 'policyArn') AS policy,
       json_text(requestparameters, 'kubernetesGroups') AS groups,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname IN ('DeleteAccessEntry', 'DisassociateAccessPolicy') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'eks.amazonaws.com'
  AND eventname IN ('CreateAccessEntry', 'UpdateAccessEntry', 'DeleteAccessEntry', 'AssociateAccessPolicy', 'DisassociateAccessPolicy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
