-- title: "{principal} changed the identity provider {provider}: {event}"
-- kind: match
-- severity: high
-- topics: [115, 116, 117, 118]
-- mitre: [T1484.002, T1556]
-- why: Who controls a provider can mint sign-ins to every role that trusts it.
-- do: Check with whoever runs sign-in. Compare metadata, client ids and thumbprints with the real provider.
-- false_positives: Certificate renewal, and set-up of pipelines.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers.html]
-- group_by: [account, principal, provider]
SELECT coalesce(json_text(requestparameters, 'sAMLProviderArn'), json_text(requestparameters, 'openIDConnectProviderArn'),
                json_text(requestparameters, 'name'), json_text(requestparameters, 'url'), 'of unknown name') AS provider,
       CASE WHEN eventname LIKE 'Delete%' THEN 'medium' WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider', 'CreateOpenIDConnectProvider',
                    'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint', 'DeleteOpenIDConnectProvider')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (sourceipaddress IS DISTINCT FROM 'sso.amazonaws.com')
