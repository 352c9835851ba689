-- In the Lake the time a session began is a timestamp.
SELECT userIdentity.sessionContext.sessionIssuer.userName AS role,
       max(date_diff('day', userIdentity.sessionContext.attributes.creationDate, eventTime)) AS days,
       count(*) AS calls
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventTime >= '2024-03-02T00:00:00Z'
  AND date_diff('hour', userIdentity.sessionContext.attributes.creationDate, eventTime) >= 100
  AND managementEvent = true
GROUP BY 1
ORDER BY calls DESC, role
