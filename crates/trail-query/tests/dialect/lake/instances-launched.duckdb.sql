-- ordered
SELECT eventtime, principalid, (item->>'instanceId') AS instanceid, ordinal FROM (
    SELECT eventtime, useridentity.principalid AS principalid, unnest(items) AS item, generate_subscripts(items, 1) AS ordinal
    FROM (SELECT *, (responseelements->'$.instancesSet.items')::JSON[] AS items FROM t
          WHERE eventname = 'RunInstances' AND eventtime >= TIMESTAMP '2024-03-01' AND responseelements IS NOT NULL)
) ORDER BY eventtime, ordinal
