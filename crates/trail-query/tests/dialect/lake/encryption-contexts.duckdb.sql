-- ordered
SELECT (requestparameters->>'$.encryptionContext.app') AS app, (requestparameters->>'$.encryptionContext.tenant') AS tenant, count(*) AS uses
FROM t WHERE eventsource = 'kms.amazonaws.com' AND useridentity.type <> 'AWSService' AND (requestparameters->'encryptionContext') IS NOT NULL
GROUP BY 1, 2 ORDER BY uses DESC, app, tenant LIMIT 6
