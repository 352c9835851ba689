SELECT userIdentity.accountId AS caller, recipientAccountId AS owner, eventName, COUNT(*) AS calls
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.accountId IS DISTINCT FROM recipientAccountId
  AND userIdentity.type = 'AWSAccount'
GROUP BY userIdentity.accountId, recipientAccountId, eventName
ORDER BY calls DESC, caller, owner, eventName
