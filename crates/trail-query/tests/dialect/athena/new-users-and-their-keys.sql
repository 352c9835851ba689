SELECT json_extract_scalar(u.requestparameters, '$.userName') AS user_name,
       json_extract_scalar(k.responseelements, '$.accessKey.accessKeyId') AS access_key,
       json_extract_scalar(d.requestparameters, '$.userName') IS NOT NULL AS deleted
FROM cloudtrail_logs u
JOIN cloudtrail_logs k
  ON json_extract_scalar(k.requestparameters, '$.userName') = json_extract_scalar(u.requestparameters, '$.userName')
 AND k.eventname = 'CreateAccessKey' AND k.errorcode IS NULL
LEFT JOIN cloudtrail_logs d
  ON json_extract_scalar(d.requestparameters, '$.userName') = json_extract_scalar(u.requestparameters, '$.userName')
 AND d.eventname = 'DeleteUser'
WHERE u.eventname = 'CreateUser' AND u.errorcode IS NULL
ORDER BY user_name
