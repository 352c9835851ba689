SELECT userIdentity.arn AS user, awsRegion, eventTime
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'RunInstances'
  AND responseElements IS NOT NULL
  AND element_at(responseElements, 'instancesSet') LIKE '%"instanceId":"i-00040000000000001"%'
