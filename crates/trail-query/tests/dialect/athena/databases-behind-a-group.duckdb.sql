-- ordered
SELECT (requestparameters->>'dBInstanceIdentifier') AS db, (requestparameters->'vpcSecurityGroupIds')::VARCHAR[] AS security_groups
FROM t WHERE eventname = 'CreateDBInstance' AND list_contains((requestparameters->'vpcSecurityGroupIds')::VARCHAR[], 'sg-1') ORDER BY db
