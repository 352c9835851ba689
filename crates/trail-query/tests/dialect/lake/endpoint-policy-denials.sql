SELECT vpcEndpointId, eventSource, COUNT(*) AS refused, MIN(eventTime) AS first, MAX(eventTime) AS last
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventCategory = 'NetworkActivity' AND errorCode = 'VpceAccessDenied'
GROUP BY vpcEndpointId, eventSource
ORDER BY vpcEndpointId, eventSource
