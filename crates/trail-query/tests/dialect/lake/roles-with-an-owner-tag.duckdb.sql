-- ordered
SELECT (requestparameters->>'roleName') AS rolename,
       list_transform(list_filter((requestparameters->'tags')::JSON[], lambda t: (t->>'key') = 'owner'), lambda t: (t->>'value'))[1] AS owner
FROM t WHERE eventname = 'CreateRole' ORDER BY owner, rolename
