-- ordered
SELECT (eventjson->>'$.requestParameters.roleName') AS role,
       (eventjson->>'$.requestParameters.assumeRolePolicyDocument')::JSON->>'$.Statement[0].Effect' AS effect,
       (eventjson->>'$.responseElements.role.arn') AS arn
FROM t WHERE eventname = 'CreateRole' ORDER BY eventtime
