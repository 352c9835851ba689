SELECT eventTime, item.imageid AS imageId, item.mincount AS minCount, item.maxcount AS maxCount
FROM (
    SELECT eventTime,
           CAST(json_extract(element_at(requestParameters, 'instancesSet'), '$.items[0]')
                AS ROW(imageId VARCHAR, minCount INTEGER, maxCount INTEGER)) AS item
    FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
    WHERE eventName = 'RunInstances' AND errorCode IS NULL
) launches
WHERE item.maxcount > 2
ORDER BY eventTime
