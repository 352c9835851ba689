SELECT date(eventTime) AS eventDate, eventCategory, count(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventTime < current_timestamp AND date(eventTime) >= date '2024-03-02'
GROUP BY date(eventTime), eventCategory
ORDER BY eventDate DESC, n DESC, eventCategory
