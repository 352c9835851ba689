-- ordered
SELECT (u.requestparameters->>'userName') AS user_name, (k.responseelements->>'$.accessKey.accessKeyId') AS access_key,
       (d.requestparameters->>'userName') IS NOT NULL AS deleted
FROM t u JOIN t k ON (k.requestparameters->>'userName') = (u.requestparameters->>'userName') AND k.eventname = 'CreateAccessKey' AND k.errorcode IS NULL
LEFT JOIN t d ON (d.requestparameters->>'userName') = (u.requestparameters->>'userName') AND d.eventname = 'DeleteUser'
WHERE u.eventname = 'CreateUser' AND u.errorcode IS NULL ORDER BY user_name
