-- ordered
SELECT string_split((requestparameters->>'roleArn'), '/')[-1] AS role, string_split((requestparameters->>'roleArn'), ':')[5] AS account_of_role,
       len(string_split((requestparameters->>'roleArn'), '/')) AS parts, count(*) AS n
FROM t WHERE eventname LIKE 'AssumeRole%' GROUP BY 1, 2, 3 ORDER BY n DESC, role, account_of_role
