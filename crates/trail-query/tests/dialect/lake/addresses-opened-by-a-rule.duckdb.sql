-- ordered
SELECT eventtime, len(rules) AS rules,
       list_sum(list_transform(rules, lambda r: json_array_length(r, '$.ipRanges.items')))::BIGINT AS ranges
FROM (SELECT eventtime, (requestparameters->'$.ipPermissions.items')::JSON[] AS rules FROM t
      WHERE eventname IN ('AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'))
ORDER BY eventtime
