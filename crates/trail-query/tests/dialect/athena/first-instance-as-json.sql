SELECT eventtime,
       json_array_get(json_extract(requestparameters, '$.instancesSet.items'), 0) AS stopped,
       json_format(json_extract(requestparameters, '$.force')) AS forced,
       json_size(requestparameters, '$.instancesSet.items') AS instances
FROM cloudtrail_logs
WHERE eventname = 'StopInstances'
ORDER BY eventtime DESC
