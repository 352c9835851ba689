SELECT element_at(requestParameters, 'userName') AS userName,
       transform(CAST(json_parse(element_at(requestParameters, 'tags')) AS ARRAY(JSON)),
                 tag -> json_extract_scalar(tag, '$.key') || '=' || json_extract_scalar(tag, '$.value')) AS tags
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'CreateUser' AND errorCode IS NULL
ORDER BY userName
