SELECT userIdentity.accessKeyId AS accessKey,
       arbitrary(userIdentity.userName) AS owner,
       min(eventTime) AS firstUse,
       max(eventTime) AS lastUse,
       min_by(eventName, eventTime) AS firstCall,
       max_by(eventName, eventTime) AS lastCall,
       approx_distinct(awsRegion) AS regions
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.accessKeyId LIKE 'AKIA%'
GROUP BY userIdentity.accessKeyId
ORDER BY accessKey
