-- ordered
SELECT eventtime, requestparameters FROM t WHERE requestparameters::VARCHAR LIKE '%"publiclyAccessible":true%'
  OR (eventname = 'StopInstances' AND requestparameters::VARCHAR LIKE '%i-0aa%') ORDER BY eventtime
