SELECT DISTINCT split_part(userIdentity.arn, ':', 5) AS account,
       split_part(split_part(userIdentity.arn, ':', 6), '/', 1) AS kind,
       split_part(split_part(userIdentity.arn, ':', 6), '/', 3) AS session
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.arn NOT LIKE '%/Audit/%' AND userIdentity.arn NOT LIKE '%/Deploy/%'
ORDER BY account, kind, session NULLS FIRST
