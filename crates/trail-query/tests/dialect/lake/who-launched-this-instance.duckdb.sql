SELECT useridentity.arn AS "user", awsregion, eventtime FROM t
WHERE eventname = 'RunInstances' AND (responseelements->>'instancesSet') LIKE '%"instanceId":"i-00040000000000001"%'
