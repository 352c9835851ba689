-- ordered
SELECT DISTINCT split_part(useridentity.arn, ':', 5) AS account, split_part(split_part(useridentity.arn, ':', 6), '/', 1) AS kind,
       string_split(split_part(useridentity.arn, ':', 6), '/')[3] AS session
FROM t WHERE useridentity.arn NOT LIKE '%/Audit/%' AND useridentity.arn NOT LIKE '%/Deploy/%'
ORDER BY account, kind, session NULLS FIRST
