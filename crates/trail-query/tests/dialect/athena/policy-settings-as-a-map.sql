SELECT eventtime,
       element_at(CAST(json_parse(requestparameters) AS MAP(VARCHAR, JSON)), 'minimumPasswordLength') AS min_length,
       CAST(CAST(json_parse(requestparameters) AS MAP(VARCHAR, JSON))['requireSymbols'] AS BOOLEAN) AS symbols,
       cardinality(CAST(json_parse(requestparameters) AS MAP(VARCHAR, JSON))) AS settings,
       element_at(CAST(json_parse(requestparameters) AS MAP(VARCHAR, JSON)), 'maxPasswordAge') IS NULL AS no_max_age
FROM cloudtrail_logs
WHERE eventname = 'UpdateAccountPasswordPolicy'
ORDER BY eventtime
