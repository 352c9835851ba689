SELECT eventtime, r.ipprotocol, r.fromport, r.toport
FROM cloudtrail_logs
CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.ipPermissions.items')
                       AS ARRAY(ROW(ipProtocol varchar, fromPort integer, toPort integer)))) AS r (ipprotocol, fromport, toport)
WHERE eventname = 'AuthorizeSecurityGroupIngress' AND r.toport - r.fromport > 5
ORDER BY eventtime, r.fromport
