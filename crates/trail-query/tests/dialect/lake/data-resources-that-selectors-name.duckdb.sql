-- ordered
SELECT (resource->>'type') AS resourcetype, wanted, nth FROM (
    SELECT resource, unnest(vs) AS wanted, generate_subscripts(vs, 1) AS nth FROM (
        SELECT resource, (resource->'values')::VARCHAR[] AS vs FROM (
            SELECT unnest((s->'dataResources')::JSON[]) AS resource FROM (
                SELECT unnest((requestparameters->'eventSelectors')::JSON[]) AS s FROM t WHERE eventname = 'PutEventSelectors'))))
ORDER BY resourcetype, nth
