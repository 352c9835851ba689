SELECT rolename, (tag->>'key') AS tagkey, (tag->>'value') AS tagvalue FROM (
    SELECT (requestparameters->>'roleName') AS rolename, unnest((requestparameters->'tags')::JSON[]) AS tag FROM t WHERE eventname = 'CreateRole')
WHERE (tag->>'key') <> 'env'
