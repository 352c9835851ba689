SELECT userName, map_agg(dayNumber, calls) AS callsByDay
FROM (
    SELECT userIdentity.userName AS userName, date_format(eventTime, '%d') AS dayNumber, count(*) AS calls
    FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
    WHERE userIdentity.type = 'IAMUser' AND eventCategory = 'Management'
    GROUP BY 1, 2
)
WHERE userName IN ('alice', 'eve')
GROUP BY userName
ORDER BY userName
