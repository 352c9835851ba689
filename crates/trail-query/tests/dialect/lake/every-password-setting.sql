-- A map taken apart: a row for each parameter.
SELECT eventTime, setting, value
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(requestParameters) AS m (setting, value)
WHERE eventName = 'UpdateAccountPasswordPolicy'
