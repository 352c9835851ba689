-- title: Sessions that a key was used to get
-- description: Temporary keys that STS gave to the holder of a key, with what was done with each afterwards.
-- params:
--   key: {type: text, about: "The access key's id (AKIA... or ASIA...)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
WITH used AS (
    SELECT useridentity.accesskeyid AS key, count(*) AS calls, max(eventtime) AS last_use
    FROM cloudtrail
    WHERE useridentity.accesskeyid LIKE 'ASIA%' AND eventtime >= ${from} AND eventtime < ${to}
    GROUP BY 1
)
SELECT issued_at, eventname, role_arn, session_name, issued_key, expires, coalesce(calls, 0) AS calls, last_use, eventid
FROM sessions LEFT JOIN used ON used.key = sessions.issued_key
WHERE caller_key = ${key} AND issued_at >= ${from} AND issued_at < ${to}
ORDER BY issued_at, issued_key
