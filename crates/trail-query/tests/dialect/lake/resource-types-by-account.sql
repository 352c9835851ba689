SELECT resourceAccount, resourceType, COUNT(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(resources) AS r (resourceArn, resourceAccount, resourceType)
WHERE resourceArn IS NOT NULL
GROUP BY resourceAccount, resourceType
