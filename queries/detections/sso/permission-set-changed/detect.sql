-- title: "{principal} changed a permission set: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098.003]
-- why: A permission set becomes a role in every account that it is assigned to; a change of it is a change in all of
--   them.
-- do: Compare the permission set with what it should be.
-- false_positives: Changes of access by the team that runs it.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html]
SELECT coalesce(json_text(requestparameters, 'permissionSetArn'), json_text(requestparameters, 'name')) AS permission_set,
       json_text(requestparameters, 'managedPolicyArn') AS policy,
       CASE WHEN json_text(requestparameters, 'managedPolicyArn') LIKE '%/AdministratorAccess' OR eventname LIKE 'DeletePermissionsBoundary%' THEN 'high'
            WHEN eventname IN ('CreatePermissionSet', 'UpdatePermissionSet') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'sso.amazonaws.com'
  AND eventname IN ('CreatePermissionSet', 'AttachManagedPolicyToPermissionSet',
                    'AttachCustomerManagedPolicyReferenceToPermissionSet', 'PutInlinePolicyToPermissionSet',
                    'PutPermissionsBoundaryToPermissionSet', 'DeletePermissionsBoundaryFromPermissionSet',
                    'UpdatePermissionSet', 'CreateTrustedTokenIssuer', 'UpdateTrustedTokenIssuer',
                    'UpdateInstanceAccessControlAttributeConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
