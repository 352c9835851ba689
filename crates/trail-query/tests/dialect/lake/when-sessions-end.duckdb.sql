-- ordered
SELECT (requestparameters->>'roleSessionName') AS session,
       strptime(responseelements->>'$.credentials.expiration', '%b %d, %Y, %I:%M:%S %p') AS ends, eventtime
FROM t WHERE eventname = 'AssumeRole' AND useridentity.type = 'IAMUser' AND useridentity.username = 'bob' ORDER BY ends
