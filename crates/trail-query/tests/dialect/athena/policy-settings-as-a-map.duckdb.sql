-- ordered
SELECT eventtime, (requestparameters->>'minimumPasswordLength') AS min_length, (requestparameters->>'requireSymbols')::BOOLEAN AS symbols,
       len(json_keys(requestparameters)) AS settings, (requestparameters->'maxPasswordAge') IS NULL AS no_max_age
FROM t WHERE eventname = 'UpdateAccountPasswordPolicy' ORDER BY eventtime
