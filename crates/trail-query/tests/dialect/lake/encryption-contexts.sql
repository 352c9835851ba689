SELECT context['app'] AS app, context['tenant'] AS tenant, count(*) AS uses
FROM (
    SELECT CAST(json_parse(element_at(requestParameters, 'encryptionContext')) AS MAP(VARCHAR, VARCHAR)) AS context
    FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
    WHERE eventSource = 'kms.amazonaws.com' AND userIdentity.type <> 'AWSService'
      AND element_at(requestParameters, 'encryptionContext') IS NOT NULL
)
GROUP BY 1, 2
ORDER BY uses DESC, app, tenant
LIMIT 6
