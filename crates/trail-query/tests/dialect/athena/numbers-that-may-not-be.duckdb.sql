-- ordered
SELECT (requestparameters->>'userName') AS who, try_cast((requestparameters->>'$.tags[1].value') AS INT) AS cost_center, NULL::INT AS no_number
FROM t WHERE eventname = 'CreateUser' AND errorcode IS NULL ORDER BY cost_center NULLS FIRST, who DESC
