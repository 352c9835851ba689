-- ordered
SELECT eventtime, (requestparameters->'$.instancesSet.items[0]')::VARCHAR AS stopped, (requestparameters->'force')::VARCHAR AS forced,
       json_array_length(requestparameters, '$.instancesSet.items')::BIGINT AS instances
FROM t WHERE eventname = 'StopInstances' ORDER BY eventtime DESC
