SELECT k, v, count(*) AS uses
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(CAST(json_parse(element_at(requestParameters, 'encryptionContext')) AS MAP(VARCHAR, VARCHAR))) AS c(k, v)
WHERE eventSource = 'kms.amazonaws.com' AND userIdentity.type IN ('IAMUser', 'AssumedRole')
GROUP BY k, v
ORDER BY k, uses DESC, v
