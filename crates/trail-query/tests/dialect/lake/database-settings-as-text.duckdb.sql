-- ordered
SELECT (requestparameters->>'dBInstanceIdentifier') AS db, (requestparameters->>'allocatedStorage')::BIGINT AS gib,
       (requestparameters->>'backupRetentionPeriod') AS retention, (requestparameters->>'vpcSecurityGroupIds') AS groups_, NULL::VARCHAR AS missing
FROM t WHERE eventname = 'CreateDBInstance'
  AND ((requestparameters->>'publiclyAccessible') = 'true' OR (requestparameters->>'storageEncrypted') = 'false'
       OR (requestparameters->>'allocatedStorage')::BIGINT > 50)
ORDER BY db
