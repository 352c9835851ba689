SELECT array_join(array_sort(map_values(CAST(json_extract(requestparameters, '$.encryptionContext') AS MAP(VARCHAR, VARCHAR)))), '+') AS context,
       count(*) AS n
FROM cloudtrail_logs
WHERE eventname = 'GenerateDataKey'
GROUP BY 1
ORDER BY n DESC, 1
LIMIT 4
