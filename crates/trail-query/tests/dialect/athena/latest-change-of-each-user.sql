SELECT who, eventname, at
FROM (
    SELECT useridentity.arn AS who, eventname, eventtime AS at,
           row_number() OVER (PARTITION BY useridentity.arn ORDER BY eventtime DESC) AS rn
    FROM cloudtrail_logs
    WHERE eventsource = 'iam.amazonaws.com' AND readonly = 'false'
)
WHERE rn = 1
ORDER BY who
