-- Grouped by all of the parameters.
SELECT eventName, count(*) AS times, element_at(requestParameters, 'tableName') AS tableName
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'DescribeTable'
GROUP BY eventName, requestParameters
ORDER BY times DESC, tableName
