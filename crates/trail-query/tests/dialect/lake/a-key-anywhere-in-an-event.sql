SELECT eventTime, eventName, userIdentity.arn, json_extract_scalar(json_parse(eventJson), '$.responseElements.accessKey.status') AS status
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventJson LIKE '%AKIAMALLORY%' OR eventJson LIKE '%"groupName":"Admins"%'
ORDER BY eventTime
