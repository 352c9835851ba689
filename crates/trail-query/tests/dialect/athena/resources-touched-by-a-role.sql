SELECT DISTINCT resource.arn, resource.accountid
FROM cloudtrail_logs
CROSS JOIN UNNEST(resources) AS t(resource)
WHERE useridentity.sessioncontext.sessionissuer.username IN ('Deploy', 'AppServer')
  AND resource.type IN ('AWS::KMS::Key', 'AWS::S3::Bucket')
ORDER BY resource.arn
