-- ordered
SELECT vpcendpointid, eventsource, count(*) AS refused, min(eventtime) AS first, max(eventtime) AS last FROM t
WHERE eventcategory = 'NetworkActivity' AND errorcode = 'VpceAccessDenied' GROUP BY 1, 2 ORDER BY 1, 2
