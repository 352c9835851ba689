SELECT "eventTime", "sourceIPAddress", json_extract_scalar("responseElements", '$.ConsoleLogin') AS outcome,
       json_extract_scalar("additionalEventData", '$.MFAUsed') AS mfa
FROM "cloudtrail_logs"
WHERE "eventName" = 'ConsoleLogin' AND "userIdentity"."type" = 'Root'
ORDER BY "eventTime"
