-- title: Roles that were assumed from roles
-- description: One row for each pair of roles of which one was used to get the other.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    caller_principal AS from_role,
    role_arn AS to_role,
    arn_part(caller_principal, 'account') AS from_account,
    arn_part(role_arn, 'account') AS to_account,
    count(*) AS sessions,
    count(DISTINCT session_name) AS names,
    min(issued_at) AS first,
    max(issued_at) AS last
FROM sessions
WHERE caller_principal LIKE 'arn:%:role/%' AND issued_at >= ${from} AND issued_at < ${to}
GROUP BY 1, 2, 3, 4
ORDER BY sessions DESC, from_role, to_role
