-- ordered
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn) AS principal, date_trunc('hour', eventtime)::TIMESTAMP AS hour_start,
       count(*) AS denied, list(DISTINCT split_part(eventsource, '.', 1) || ':' || eventname ORDER BY split_part(eventsource, '.', 1) || ':' || eventname) AS actions
FROM t WHERE (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation%') AND eventcategory = 'Management'
GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY hour_start, principal
