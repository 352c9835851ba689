-- ordered
SELECT (requestparameters->>'$.encryptionContext.app') || '+' || (requestparameters->>'$.encryptionContext.tenant') AS context, count(*) AS n
FROM t WHERE eventname = 'GenerateDataKey' GROUP BY 1 ORDER BY n DESC, 1 LIMIT 4
