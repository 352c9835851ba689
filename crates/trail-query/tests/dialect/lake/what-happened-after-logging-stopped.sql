SELECT eventTime, eventName, date_diff('second', s.stopped, eventTime) AS secondsAfter
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607,
     (SELECT min(eventTime) AS stopped FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607 WHERE eventName = 'StopLogging') AS s
WHERE eventTime > s.stopped
  AND eventTime < (SELECT max(eventTime) FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607 WHERE eventName = 'StartLogging')
  AND recipientAccountId = '111122223333'
ORDER BY eventTime, eventID
