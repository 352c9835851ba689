-- The caller's account and the role's owner got the same call under one shared id.
WITH callers AS (
    SELECT sharedEventId, userIdentity.arn AS caller, eventTime
    FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
    WHERE sharedEventId IS NOT NULL AND userIdentity.type = 'IAMUser' AND eventName = 'AssumeRole'
)
SELECT c.caller, o.recipientAccountId AS owner, count(*) AS times, min(o.eventTime) AS first
FROM callers AS c
INNER JOIN e0a1b2c3-d4e5-4f60-8a1b-2c3d4e5f6071 AS o
    ON o.sharedEventId = c.sharedEventId
WHERE o.userIdentity.type = 'AWSAccount'
GROUP BY c.caller, o.recipientAccountId
ORDER BY owner
