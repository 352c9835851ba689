SELECT eventTime, eventName, sourceIPAddress, errorMessage
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.type = 'Root'
  AND eventTime > parse_datetime('2024-03-01 07:20:00', 'yyyy-MM-dd HH:mm:ss')
  AND eventTime <= date_add('minute', 25, TIMESTAMP '2024-03-01 07:20:00')
ORDER BY eventTime
