-- title: Who assumed a role
-- description: One row for each caller and session name that got keys of a role, with how often and when.
-- params:
--   role: {type: text, about: "The role's ARN"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    caller_principal,
    caller_key,
    eventname,
    session_name,
    source_identity,
    account,
    count(*) AS sessions,
    min(issued_at) AS first,
    max(issued_at) AS last
FROM sessions
WHERE role_arn = ${role} AND issued_at >= ${from} AND issued_at < ${to}
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY first, caller_principal, session_name
