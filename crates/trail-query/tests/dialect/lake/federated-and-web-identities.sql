SELECT userIdentity.type, userIdentity.identityProvider, userIdentity.userName,
       element_at(split(element_at(requestParameters, 'roleArn'), 'role/'), 2) AS role, count(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.type IN ('WebIdentityUser', 'SAMLUser', 'FederatedUser')
GROUP BY 1, 2, 3, 4
ORDER BY type DESC, n
