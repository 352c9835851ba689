SELECT eventTime,
       cardinality(CAST(json_extract(element_at(requestParameters, 'ipPermissions'), '$.items') AS ARRAY(JSON))) AS rules,
       reduce(CAST(json_extract(element_at(requestParameters, 'ipPermissions'), '$.items') AS ARRAY(JSON)),
              CAST(0 AS BIGINT),
              (s, rule) -> s + json_array_length(json_extract(rule, '$.ipRanges.items')),
              s -> s) AS ranges
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName IN ('AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress')
ORDER BY eventTime
