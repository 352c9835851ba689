SELECT eventSource, histogram(errorCode) AS codes, count(*) AS failures
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE errorCode IS NOT NULL AND eventCategory <> 'NetworkActivity'
GROUP BY eventSource
HAVING count(*) > 2
ORDER BY failures DESC, eventSource
