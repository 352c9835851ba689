-- Some resource of the event belongs to an account that is not the caller's.
SELECT eventName, userIdentity.accountId AS caller, count(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE any_match(resources, r -> r.accountId <> userIdentity.accountId)
GROUP BY eventName, userIdentity.accountId
ORDER BY n DESC, eventName, caller
