-- ordered
SELECT eventtime, (s->>'resourceType') AS resource_type, tags[n]->>'key' AS key, tags[n]->>'value' AS value, n FROM (
    SELECT eventtime, s, tags, generate_subscripts(tags, 1) AS n FROM (
        SELECT eventtime, s, (s->'tags')::JSON[] AS tags FROM (
            SELECT eventtime, unnest((requestparameters->'$.tagSpecificationSet.items')::JSON[]) AS s FROM t
            WHERE eventname = 'RunInstances' AND account = '444455556666' AND errorcode IS NULL)))
ORDER BY eventtime, n
