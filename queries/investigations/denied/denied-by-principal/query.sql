-- title: Denied calls by principal
-- description: Principals with denied calls, those with the most different actions first. A broken job repeats one action, somebody who tries out rights
--   asks for many. Days count whole.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    account,
    array_sort(array_agg(DISTINCT caller)) AS callers,
    sum(count) AS denied,
    count(DISTINCT eventsource || ':' || eventname) AS actions,
    count(DISTINCT eventsource) AS services,
    min(first) AS first,
    max(last) AS last
FROM activity
WHERE outcome = 'denied' AND last >= ${from} AND first < ${to}
GROUP BY principal, account
ORDER BY actions DESC, denied DESC, principal
