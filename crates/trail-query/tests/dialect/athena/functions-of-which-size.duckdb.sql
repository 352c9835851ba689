-- ordered
SELECT (requestparameters->>'functionName') AS functionname, (requestparameters->>'memorySize')::BIGINT AS memorysize, (requestparameters->>'publish')::BOOLEAN AS publish
FROM t WHERE eventname LIKE '%Function%20150331%' AND memorysize >= 256 ORDER BY functionname
