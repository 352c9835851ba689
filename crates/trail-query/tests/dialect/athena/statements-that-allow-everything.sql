-- A policy document is JSON inside a JSON text.
WITH documents AS (
    SELECT eventtime, eventname,
           json_parse(COALESCE(json_extract_scalar(requestparameters, '$.policyDocument'),
                               json_extract_scalar(requestparameters, '$.assumeRolePolicyDocument'))) AS document
    FROM cloudtrail_logs
    WHERE eventname IN ('PutUserPolicy', 'CreateRole')
)
SELECT eventtime, eventname, json_extract_scalar(statement, '$.Effect') AS effect,
       json_extract_scalar(statement, '$.Principal.AWS') AS principal
FROM documents
CROSS JOIN UNNEST(CAST(json_extract(document, '$.Statement') AS array(json))) AS s(statement)
WHERE json_extract_scalar(statement, '$.Resource') = '*' OR json_extract_scalar(statement, '$.Principal.AWS') = '*'
ORDER BY eventtime
