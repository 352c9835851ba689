SELECT eventTime, launched, SUM(launched) OVER (PARTITION BY recipientAccountId ORDER BY eventTime ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS total
FROM (
    SELECT eventTime, recipientAccountId, json_size(element_at(responseElements, 'instancesSet'), '$.items') AS launched
    FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
    WHERE eventName = 'RunInstances' AND errorCode IS NULL
)
WHERE recipientAccountId = '111122223333'
ORDER BY eventTime
