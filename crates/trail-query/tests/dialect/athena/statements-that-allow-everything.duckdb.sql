-- ordered
SELECT eventtime, eventname, (s->>'$.Effect') AS effect, (s->>'$.Principal.AWS') AS principal FROM (
    SELECT eventtime, eventname, unnest((coalesce((requestparameters->>'policyDocument'), (requestparameters->>'assumeRolePolicyDocument'))::JSON->'$.Statement')::JSON[]) AS s
    FROM t WHERE eventname IN ('PutUserPolicy', 'CreateRole'))
WHERE (s->>'Resource') = '*' OR (s->>'$.Principal.AWS') = '*' ORDER BY eventtime
