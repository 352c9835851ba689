SELECT vpcendpointid AS what, 'endpoint' AS kind, count(*) AS n FROM cloudtrail_logs WHERE vpcendpointid IS NOT NULL GROUP BY vpcendpointid
UNION ALL
SELECT eventtype, 'type', count(*) FROM cloudtrail_logs WHERE eventtype <> 'AwsApiCall' GROUP BY eventtype
ORDER BY kind, what
