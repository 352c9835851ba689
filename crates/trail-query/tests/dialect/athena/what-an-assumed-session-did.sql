-- Who assumed a role, and what was then done with the key that came of it.
WITH assumed AS (
    SELECT json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS session_key,
           useridentity.arn AS caller, from_iso8601_timestamp(eventtime) AS assumed_at
    FROM cloudtrail_logs
    WHERE eventname = 'AssumeRole' AND useridentity.type = 'IAMUser' AND errorcode IS NULL
),
used AS (
    SELECT useridentity.accesskeyid AS session_key, eventname, from_iso8601_timestamp(eventtime) AS used_at
    FROM cloudtrail_logs
    WHERE useridentity.type = 'AssumedRole'
)
SELECT a.caller, u.eventname, date_diff('minute', a.assumed_at, u.used_at) AS minutes_later
FROM assumed a
INNER JOIN used u ON a.session_key = u.session_key AND u.used_at > a.assumed_at
WHERE u.eventname = 'DescribeDBInstances'
ORDER BY minutes_later, a.caller, a.assumed_at
