SELECT eventTime, requestParameters['userName'] AS who, requestParameters['policyArn'] AS policy
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'AttachUserPolicy' AND errorCode IS NULL
ORDER BY eventTime DESC
