SELECT eventName, sessionCredentialFromConsole, count(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE sessionCredentialFromConsole = true AND readOnly = false
GROUP BY eventName, sessionCredentialFromConsole
ORDER BY n DESC, eventName
