SELECT userIdentity.userName, max_by(eventName, eventTime, 3) AS newest, min(eventTime) AS since
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.type = 'IAMUser'
GROUP BY userIdentity.userName
ORDER BY 1
