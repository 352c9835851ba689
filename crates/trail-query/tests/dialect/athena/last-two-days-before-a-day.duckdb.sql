-- ordered
SELECT eventname, useridentity.invokedby AS invokedby, eventtime FROM t
WHERE eventtime > TIMESTAMP '2024-03-01 12:00:00' AND eventtime <= TIMESTAMP '2024-03-03 00:00:00' AND useridentity.type = 'AWSService' ORDER BY eventtime
