SELECT eventTime, addendum
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE addendum.reason = 'UPDATED_DATA' OR addendum.reason = 'DELIVERY_DELAY'
ORDER BY eventTime
