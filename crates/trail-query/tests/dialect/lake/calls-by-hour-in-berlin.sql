SELECT hour(at_timezone(eventTime, 'Europe/Berlin')) AS localHour, count(*) AS logins
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'ConsoleLogin'
GROUP BY 1
ORDER BY 1
