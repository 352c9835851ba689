-- title: Denied first, allowed later
-- description: Actions that a principal was denied and then succeeded with. In between, somebody gave it the right.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    account,
    eventsource,
    eventname,
    min(first) FILTER (WHERE outcome = 'denied') AS first_denied,
    min(first) FILTER (WHERE outcome = 'ok') AS first_allowed,
    sum(count) FILTER (WHERE outcome = 'denied') AS denied,
    sum(count) FILTER (WHERE outcome = 'ok') AS allowed
FROM activity
WHERE outcome IN ('denied', 'ok') AND last >= ${from} AND first < ${to}
GROUP BY principal, account, eventsource, eventname
HAVING min(first) FILTER (WHERE outcome = 'denied') < min(first) FILTER (WHERE outcome = 'ok')
ORDER BY first_allowed, principal, eventname
