SELECT date_trunc('week', eventTime) AS week, date_format(eventTime, '%a %d.%m.%Y') AS day, count(*) AS denials
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE errorCode LIKE '%AccessDenied%' OR errorCode LIKE '%Unauthorized%'
GROUP BY date_trunc('week', eventTime), date_format(eventTime, '%a %d.%m.%Y')
ORDER BY week, denials DESC, day
