SELECT COALESCE(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn) AS principal,
       date_trunc('hour', from_iso8601_timestamp(eventtime)) AS hour_start,
       count(*) AS denied,
       array_agg(DISTINCT split_part(eventsource, '.', 1) || ':' || eventname
                 ORDER BY split_part(eventsource, '.', 1) || ':' || eventname) AS actions
FROM cloudtrail_logs
WHERE (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation%') AND eventcategory = 'Management'
GROUP BY 1, 2
HAVING count(*) > 1
ORDER BY hour_start, principal
