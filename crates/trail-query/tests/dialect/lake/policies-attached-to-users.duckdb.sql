-- ordered
SELECT eventtime, (requestparameters->>'userName') AS who, (requestparameters->>'policyArn') AS policy
FROM t WHERE eventname = 'AttachUserPolicy' AND errorcode IS NULL ORDER BY eventtime DESC
