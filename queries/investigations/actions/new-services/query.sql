-- title: Services that a principal never used before
-- description: Pairs of a principal and a service that were first seen at or after a time, of principals that had been seen before it.
-- params:
--   since: {type: timestamp, about: What was seen before this time counts as known}
SELECT
    principal,
    account,
    eventsource,
    min(first) AS first,
    sum(count) AS calls,
    array_sort(array_agg(DISTINCT eventname)) AS actions
FROM activity
WHERE caller <> 'aws_service' AND principal IN (SELECT principal FROM activity WHERE first < ${since})
GROUP BY principal, account, eventsource
HAVING min(first) >= ${since}
ORDER BY first, principal, eventsource
