-- Two arrays taken apart side by side.
SELECT element_at(requestParameters, 'roleName') AS roleName, tagKey, tagValue
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(
    transform(CAST(json_parse(element_at(requestParameters, 'tags')) AS ARRAY(JSON)), t -> json_extract_scalar(t, '$.key')),
    transform(CAST(json_parse(element_at(requestParameters, 'tags')) AS ARRAY(JSON)), t -> json_extract_scalar(t, '$.value'))
) AS tags (tagKey, tagValue)
WHERE eventName = 'CreateRole' AND tagKey <> 'env'
