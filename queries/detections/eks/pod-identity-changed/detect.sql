-- title: "{principal} gave pods of the cluster {cluster} the role {role}: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098.006, T1548.005]
-- why: A pod identity gives every pod of a service account the role, and an identity provider decides who is a user of the
--   cluster. Who may make pods there gets the role too.
-- do: Check that the role is meant for that service account; who makes pods in that namespace.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/eks/latest/APIReference/API_DeletePodIdentityAssociation.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'clusterName'), json_text(requestparameters, 'name'), 'of unknown name') AS cluster,
       coalesce(json_text(requestparameters, 'roleArn'), json_text(requestparameters, 'targetRoleArn'), 'that it had or has') AS role,
       json_text(requestparameters, 'namespace') AS namespace,
       json_text(requestparameters, 'serviceAccount') AS service_account,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname IN ('DeletePodIdentityAssociation', 'DisassociateIdentityProviderConfig') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'eks.amazonaws.com'
  AND eventname IN ('CreatePodIdentityAssociation', 'UpdatePodIdentityAssociation', 'DeletePodIdentityAssociation',
                    'AssociateIdentityProviderConfig', 'DisassociateIdentityProviderConfig')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
