SELECT userIdentity.sessionContext.sessionIssuer.userName AS role,
       userIdentity.sessionContext.ec2RoleDelivery,
       split_part(userIdentity.principalId, ':', 2) AS instanceId,
       count(*) AS calls,
       bool_or(errorCode IS NOT NULL) AS anyFailed
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.sessionContext.ec2RoleDelivery IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 2
