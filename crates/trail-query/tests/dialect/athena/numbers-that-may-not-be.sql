SELECT json_extract_scalar(requestparameters, '$.userName') AS who,
       TRY_CAST(json_extract_scalar(requestparameters, '$.tags[1].value') AS integer) AS cost_center,
       TRY(CAST(json_extract_scalar(requestparameters, '$.tags[0].value') AS integer)) AS no_number
FROM cloudtrail_logs
WHERE eventname = 'CreateUser' AND errorcode IS NULL
ORDER BY cost_center NULLS FIRST, who DESC
