SELECT json_extract_scalar(requestparameters, '$.dBInstanceIdentifier') AS db,
       CAST(json_extract(requestparameters, '$.vpcSecurityGroupIds') AS array(varchar)) AS security_groups
FROM cloudtrail_logs
WHERE eventname = 'CreateDBInstance'
  AND contains(CAST(json_extract(requestparameters, '$.vpcSecurityGroupIds') AS array(varchar)), 'sg-1')
ORDER BY db
