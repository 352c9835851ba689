SELECT eventtime, requestparameters
FROM cloudtrail_logs
WHERE requestparameters LIKE '%"publiclyAccessible":true%' OR (eventname = 'StopInstances' AND requestparameters LIKE '%i-0aa%')
ORDER BY eventtime
