SELECT u.userName, date_diff('second', u.made, k.made) AS seconds, date_diff('minute', u.made, k.made) AS minutes
FROM (SELECT element_at(requestParameters, 'userName') AS userName, eventTime AS made
      FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607 WHERE eventName = 'CreateUser' AND errorCode IS NULL) u
JOIN (SELECT element_at(requestParameters, 'userName') AS userName, eventTime AS made
      FROM "7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607" WHERE eventName = 'AddUserToGroup') k
  ON k.userName = u.userName AND k.made BETWEEN u.made AND u.made + INTERVAL '1' HOUR
ORDER BY u.userName
