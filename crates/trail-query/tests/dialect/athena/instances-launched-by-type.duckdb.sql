-- ordered
SELECT (requestparameters->>'instanceType') AS instance_type, sum((requestparameters->>'$.instancesSet.items[0].maxCount')::INT) AS asked_for,
       sum(json_array_length(responseelements, '$.instancesSet.items')) AS got
FROM t WHERE eventname = 'RunInstances' GROUP BY 1 ORDER BY asked_for DESC
