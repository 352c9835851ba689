-- title: Principals never seen before
-- description: Users and roles whose first event is at or after a time, with what they have done since.
-- params:
--   since: {type: timestamp, about: Who was seen before this time is known}
SELECT
    principal,
    account,
    min(first) AS first,
    max(last) AS last,
    sum(count) AS calls,
    array_sort(array_agg(DISTINCT eventsource)) AS services,
    array_sort(array_agg(DISTINCT network)) AS networks
FROM activity
WHERE principal LIKE 'arn:%'
GROUP BY principal, account
HAVING min(first) >= ${since}
ORDER BY first, principal
