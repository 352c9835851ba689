-- ordered
SELECT u.username, date_sub('second', u.made, k.made) AS seconds, date_sub('minute', u.made, k.made) AS minutes
FROM (SELECT (requestparameters->>'userName') AS username, eventtime AS made FROM t WHERE eventname = 'CreateUser' AND errorcode IS NULL) u
JOIN (SELECT (requestparameters->>'userName') AS username, eventtime AS made FROM t WHERE eventname = 'AddUserToGroup') k
  ON k.username = u.username AND k.made BETWEEN u.made AND u.made + INTERVAL 1 HOUR ORDER BY 1
