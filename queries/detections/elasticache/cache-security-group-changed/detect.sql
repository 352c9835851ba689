-- title: "{principal} changed who reaches a cache: {event}"
-- kind: match
-- severity: low
-- topics: [205, 206]
-- mitre: [T1562.007]
-- why: A cache security group says which machines read the cache; caches often ask for no password.
-- do: Check that the group is meant.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSecurityGroup.html]
SELECT json_text(requestparameters, 'cacheSecurityGroupName') AS group,
       json_text(requestparameters, 'eC2SecurityGroupName') AS let_in,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'elasticache.amazonaws.com'
  AND eventname IN ('CreateCacheSecurityGroup', 'DeleteCacheSecurityGroup', 'AuthorizeCacheSecurityGroupIngress',
                    'AuthorizeCacheSecurityGroupEgress', 'RevokeCacheSecurityGroupIngress', 'RevokeCacheSecurityGroupEgress')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
