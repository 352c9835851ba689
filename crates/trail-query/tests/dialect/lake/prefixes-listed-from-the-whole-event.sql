SELECT json_extract_scalar(res, '$.ARNPrefix') AS prefix, count(*) AS lists
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(CAST(json_extract(eventJson, '$.resources') AS ARRAY(JSON))) AS r(res)
WHERE eventName = 'ListObjects' AND json_extract_scalar(res, '$.ARNPrefix') IS NOT NULL
GROUP BY 1
ORDER BY lists DESC, prefix
