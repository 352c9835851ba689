SELECT json_extract_scalar(requestparameters, '$.roleArn') AS role_arn,
       useridentity.accountid AS from_account,
       array_join(array_agg(DISTINCT json_extract_scalar(requestparameters, '$.durationSeconds')
                            ORDER BY json_extract_scalar(requestparameters, '$.durationSeconds')), '/') AS durations,
       count(*) AS n
FROM cloudtrail_logs
WHERE eventname = 'AssumeRole' AND useridentity.type <> 'AWSService'
  AND split_part(json_extract_scalar(requestparameters, '$.roleArn'), ':', 5) <> useridentity.accountid
GROUP BY 1, 2
ORDER BY 1
