SELECT json_extract_scalar(requestparameters, '$.instanceType') AS instance_type,
       SUM(reduce(CAST(json_extract(requestparameters, '$.instancesSet.items') AS ARRAY(JSON)), 0,
                  (total, i) -> total + CAST(json_extract_scalar(i, '$.maxCount') AS integer), total -> total)) AS asked_for,
       SUM(json_array_length(json_extract(responseelements, '$.instancesSet.items'))) AS got
FROM cloudtrail_logs
WHERE eventname = 'RunInstances'
GROUP BY 1
ORDER BY asked_for DESC
