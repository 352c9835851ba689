-- ordered
SELECT eventtime, (rule->>'ipProtocol') AS ipprotocol, (rule->>'fromPort')::INT AS fromport, (rule->>'toPort')::INT AS toport
FROM (SELECT eventtime, unnest((requestparameters->'$.ipPermissions.items')::JSON[]) AS rule FROM t
      WHERE eventname = 'AuthorizeSecurityGroupIngress')
WHERE ((rule->>'toPort')::INT - (rule->>'fromPort')::INT) > 5 ORDER BY 1, 3
