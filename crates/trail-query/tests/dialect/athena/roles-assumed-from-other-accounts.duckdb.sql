-- ordered
SELECT (requestparameters->>'roleArn') AS role_arn, useridentity.accountid AS from_account,
       string_agg(DISTINCT (requestparameters->>'durationSeconds'), '/') AS durations, count(*) AS n
FROM t WHERE eventname = 'AssumeRole' AND useridentity.type <> 'AWSService'
  AND split_part((requestparameters->>'roleArn'), ':', 5) <> useridentity.accountid GROUP BY 1, 2 ORDER BY 1
