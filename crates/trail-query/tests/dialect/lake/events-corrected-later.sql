SELECT eventID, eventName, addendum.reason, addendum.updatedFields
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE addendum.reason IS NOT NULL
  AND eventID NOT IN (SELECT addendum.originalEventID FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
                      WHERE addendum.originalEventID IS NOT NULL)
ORDER BY eventTime
