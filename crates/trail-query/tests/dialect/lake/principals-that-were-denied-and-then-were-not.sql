SELECT DISTINCT d.userIdentity.arn AS principal, d.eventName
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607 d
WHERE d.errorCode IN ('AccessDenied', 'AccessDeniedException')
  AND EXISTS (SELECT 1 FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607 s
              WHERE s.userIdentity.arn = d.userIdentity.arn AND s.eventName = d.eventName
                AND s.errorCode IS NULL AND s.eventTime > d.eventTime)
ORDER BY principal, eventName
