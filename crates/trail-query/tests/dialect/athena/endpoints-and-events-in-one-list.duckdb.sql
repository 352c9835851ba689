-- ordered
SELECT vpcendpointid AS what, 'endpoint' AS kind, count(*) AS n FROM t WHERE vpcendpointid IS NOT NULL GROUP BY 1
UNION ALL SELECT eventtype, 'type', count(*) FROM t WHERE eventtype <> 'AwsApiCall' GROUP BY 1 ORDER BY kind, what
