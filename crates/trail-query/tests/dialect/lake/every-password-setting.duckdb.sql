SELECT eventtime, setting, requestparameters->>setting AS value
FROM (SELECT eventtime, requestparameters, unnest(json_keys(requestparameters)) AS setting FROM t WHERE eventname = 'UpdateAccountPasswordPolicy')
