-- ordered
SELECT eventtime, securitygroup, (rule->>'fromPort')::INT AS fromport, (rule->>'toPort')::INT AS toport, (rng->>'cidrIp') AS cidr
FROM (SELECT eventtime, (requestparameters->>'groupId') AS securitygroup, rule, unnest((rule->'$.ipRanges.items')::JSON[]) AS rng
      FROM (SELECT *, unnest((requestparameters->'$.ipPermissions.items')::JSON[]) AS rule FROM t
            WHERE eventname = 'AuthorizeSecurityGroupIngress'))
WHERE cidr = '0.0.0.0/0' ORDER BY eventtime, fromport
