SELECT eventTime, userIdentity.principalId, json_extract_scalar(item, '$.instanceId') AS instanceId, ordinal
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(CAST(json_extract(element_at(responseElements, 'instancesSet'), '$.items') AS ARRAY(JSON)))
     WITH ORDINALITY AS i(item, ordinal)
WHERE eventName = 'RunInstances' AND eventTime >= TIMESTAMP '2024-03-01 00:00:00'
ORDER BY eventTime, ordinal
