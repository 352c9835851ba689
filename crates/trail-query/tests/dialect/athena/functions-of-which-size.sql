SELECT fn.functionname, fn.memorysize, fn.publish
FROM (
    SELECT CAST(json_parse(requestparameters) AS ROW(functionname varchar, memorysize bigint, publish boolean)) AS fn
    FROM cloudtrail_logs
    WHERE eventname LIKE '%Function%20150331%'
)
WHERE fn.memorysize >= 256
ORDER BY fn.functionname
