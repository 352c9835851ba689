SELECT eventname, k AS parameter, count(*) AS n
FROM cloudtrail_logs
CROSS JOIN UNNEST(map_keys(CAST(json_parse(requestparameters) AS map(varchar, json)))) AS keys(k)
WHERE eventsource = 'kms.amazonaws.com' AND requestparameters IS NOT NULL
GROUP BY eventname, k
ORDER BY eventname, parameter
