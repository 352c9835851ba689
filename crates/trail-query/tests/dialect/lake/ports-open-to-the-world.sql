-- Rules that let everybody in, one row for a rule and an address range.
SELECT eventTime,
       element_at(requestParameters, 'groupId') AS securityGroup,
       CAST(json_extract(rule, '$.fromPort') AS INTEGER) AS fromPort,
       CAST(json_extract(rule, '$.toPort') AS INTEGER) AS toPort,
       json_extract_scalar(range_, '$.cidrIp') AS cidr
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(CAST(json_extract(element_at(requestParameters, 'ipPermissions'), '$.items') AS ARRAY(JSON))) AS p(rule)
CROSS JOIN UNNEST(CAST(json_extract(rule, '$.ipRanges.items') AS ARRAY(JSON))) AS q(range_)
WHERE eventName = 'AuthorizeSecurityGroupIngress'
  AND json_extract_scalar(range_, '$.cidrIp') = '0.0.0.0/0'
ORDER BY eventTime, fromPort
