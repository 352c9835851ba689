SELECT element_at(split(json_extract_scalar(requestparameters, '$.roleArn'), '/'), -1) AS role,
       split(json_extract_scalar(requestparameters, '$.roleArn'), ':')[5] AS account_of_role,
       cardinality(split(json_extract_scalar(requestparameters, '$.roleArn'), '/')) AS parts,
       count(*) AS n
FROM cloudtrail_logs
WHERE eventname LIKE 'AssumeRole%'
GROUP BY 1, 2, 3
ORDER BY n DESC, role, account_of_role
