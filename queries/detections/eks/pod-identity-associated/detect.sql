-- title: "{principal} gave pods of the cluster {cluster} the role {role}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098.006, T1098.003]
-- why: With an association, every pod of a service account is the role. Whoever may start pods in that namespace has the
--   role's rights.
-- do: Compare the role with what the cluster's users may do.
-- false_positives: Set-up of applications; by code it is info.
-- references: [https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'clusterName'), 'of unknown name') AS cluster,
       coalesce(json_text(requestparameters, 'roleArn'), json_text(responseelements, 'association.roleArn'), 'of unknown name') AS role,
       concat(json_text(requestparameters, 'namespace'), '/', json_text(requestparameters, 'serviceAccount')) AS service_account,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'eks.amazonaws.com'
  AND eventname IN ('CreatePodIdentityAssociation', 'UpdatePodIdentityAssociation', 'AssociateIdentityProviderConfig')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
