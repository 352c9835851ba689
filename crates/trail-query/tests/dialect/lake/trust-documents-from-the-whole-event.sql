SELECT json_extract_scalar(eventJson, '$.requestParameters.roleName') AS role,
       json_extract_scalar(json_extract_scalar(eventJson, '$.requestParameters.assumeRolePolicyDocument'),
                           '$.Statement[0].Effect') AS effect,
       json_extract_scalar(eventJson, '$.responseElements.role.arn') AS arn
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'CreateRole'
ORDER BY eventTime
