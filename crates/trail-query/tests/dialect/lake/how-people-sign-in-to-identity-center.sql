SELECT userIdentity.onBehalfOf.userId AS directoryUser,
       element_at(serviceEventDetails, 'CredentialType') AS credential,
       sum(CAST(element_at(serviceEventDetails, 'attempts') AS INTEGER)) AS attempts
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.type = 'IdentityCenterUser'
GROUP BY userIdentity.onBehalfOf.userId, element_at(serviceEventDetails, 'CredentialType')
ORDER BY credential
