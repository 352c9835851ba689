-- ordered
SELECT (requestparameters->>'roleSessionName') AS session,
       epoch(strptime((responseelements->>'$.credentials.expiration'), '%b %d, %Y, %I:%M:%S %p')) - epoch(eventtime) AS seconds
FROM t WHERE eventname = 'AssumeRole' AND useridentity.username = 'dave' ORDER BY session
