SELECT element_at(requestParameters, 'roleName') AS roleName,
       element_at(transform(filter(CAST(json_parse(element_at(requestParameters, 'tags')) AS ARRAY(JSON)),
                                   t -> json_extract_scalar(t, '$.key') = 'owner'),
                            t -> json_extract_scalar(t, '$.value')), 1) AS owner
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'CreateRole'
ORDER BY owner, roleName
