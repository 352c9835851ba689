SELECT json_extract_scalar(resource, '$.type') AS resourceType, wanted, nth
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(CAST(json_parse(element_at(requestParameters, 'eventSelectors')) AS ARRAY(JSON))) AS s(selector)
CROSS JOIN UNNEST(CAST(json_extract(selector, '$.dataResources') AS ARRAY(JSON))) AS d(resource)
CROSS JOIN UNNEST(CAST(json_extract(resource, '$.values') AS ARRAY(VARCHAR))) WITH ORDINALITY AS v(wanted, nth)
WHERE eventName = 'PutEventSelectors'
ORDER BY resourceType, nth
