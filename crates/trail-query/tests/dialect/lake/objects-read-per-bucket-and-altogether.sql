SELECT COALESCE(element_at(requestParameters, 'bucketName'), 'all') AS bucket, COUNT(*) AS reads
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'GetObject' AND eventCategory = 'Data'
GROUP BY ROLLUP (element_at(requestParameters, 'bucketName'))
ORDER BY reads DESC
