-- ordered
SELECT eventtime, eventname, useridentity.arn AS arn, (eventjson->>'$.responseElements.accessKey.status') AS status
FROM t WHERE eventjson::VARCHAR LIKE '%AKIAMALLORY%' OR eventjson::VARCHAR LIKE '%"groupName":"Admins"%' ORDER BY eventtime
