SELECT element_at(resources, 1).arn AS keyArn, resources[1].type AS keyType, eventName, COUNT(*) AS uses
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventSource = 'kms.amazonaws.com' AND cardinality(resources) > 0
GROUP BY element_at(resources, 1).arn, resources[1].type, eventName
ORDER BY uses DESC, keyArn, eventName
