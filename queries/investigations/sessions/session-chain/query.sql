-- title: The chain behind a session's key
-- description: From a temporary key back to the key that it began with, step by step, as far as six. Step 1 is the key that was asked for, and the last
--   step's `caller_key` is where it began.
-- params:
--   key: {type: text, about: "The temporary access key's id (ASIA...)"}
WITH issue AS (
    SELECT
        issued_key,
        caller_key,
        named_struct('issued_key', issued_key, 'issued_at', issued_at, 'eventname', eventname, 'role_arn', role_arn, 'session_name', session_name,
            'source_identity', source_identity, 'caller_key', caller_key, 'caller_principal', caller_principal, 'account', account,
            'eventid', eventid) AS link
    FROM sessions
),
chain AS (
    SELECT
        unnest(make_array(1, 2, 3, 4, 5, 6)) AS step,
        unnest(make_array(a.link, b.link, c.link, d.link, e.link, f.link)) AS link
    FROM issue AS a
    LEFT JOIN issue AS b ON b.issued_key = a.caller_key
    LEFT JOIN issue AS c ON c.issued_key = b.caller_key
    LEFT JOIN issue AS d ON d.issued_key = c.caller_key
    LEFT JOIN issue AS e ON e.issued_key = d.caller_key
    LEFT JOIN issue AS f ON f.issued_key = e.caller_key
    WHERE a.issued_key = ${key}
)
SELECT
    step,
    link.issued_key,
    link.issued_at,
    link.eventname,
    link.role_arn,
    link.session_name,
    link.source_identity,
    link.caller_key,
    link.caller_principal,
    link.account,
    link.eventid
FROM chain
WHERE link.issued_key IS NOT NULL
ORDER BY step, issued_at
