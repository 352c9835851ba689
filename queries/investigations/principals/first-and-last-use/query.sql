-- title: First and last use of every principal
-- description: One row for each principal and account, those that have been quiet for longest first. Days count whole.
-- params:
--   account: {type: text, default: "%", about: "Only this account (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    account,
    array_sort(array_agg(DISTINCT caller)) AS callers,
    min(first) AS first,
    max(last) AS last,
    sum(count) AS calls,
    count(DISTINCT day) AS days
FROM activity
WHERE account LIKE ${account} AND last >= ${from} AND first < ${to}
GROUP BY principal, account
ORDER BY last, principal, account
