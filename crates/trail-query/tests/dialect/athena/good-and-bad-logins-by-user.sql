SELECT useridentity.username,
       SUM(CASE WHEN json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success' THEN 1 ELSE 0 END) AS good,
       SUM(CASE WHEN json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure' THEN 1 ELSE 0 END) AS bad,
       max(CASE WHEN json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'Yes' THEN eventtime END) AS last_with_mfa
FROM cloudtrail_logs
WHERE eventsource = 'signin.amazonaws.com' AND useridentity.username IS NOT NULL
GROUP BY useridentity.username
ORDER BY last_with_mfa DESC NULLS LAST, username
