-- ordered
SELECT DISTINCT r.arn AS arn, r.accountid AS accountid
FROM (SELECT unnest(resources) AS r FROM t WHERE useridentity.sessioncontext.sessionissuer.username IN ('Deploy', 'AppServer'))
WHERE r.type IN ('AWS::KMS::Key', 'AWS::S3::Bucket') ORDER BY 1
