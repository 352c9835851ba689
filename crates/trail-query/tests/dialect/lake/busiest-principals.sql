-- The event data store's id stands in FROM as it is.
SELECT userIdentity.arn AS principal, COUNT(*) AS calls
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.arn IS NOT NULL
  AND eventTime > '2024-02-28 00:00:00'
GROUP BY userIdentity.arn
ORDER BY calls DESC, principal
LIMIT 8
