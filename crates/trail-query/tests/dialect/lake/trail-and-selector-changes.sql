SELECT eventName, eventTime, element_at(requestParameters, 'name') AS trail
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName IN ('StopLogging', 'StartLogging')
UNION
SELECT eventName, eventTime, element_at(requestParameters, 'trailName')
FROM "e0a1b2c3-d4e5-4f60-8a1b-2c3d4e5f6071"
WHERE eventName = 'PutEventSelectors'
ORDER BY eventTime DESC
