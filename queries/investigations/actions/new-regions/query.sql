-- title: Regions never used before
-- description: Pairs of an account and a region that were first used at or after a time, where the account was seen before it. AWS's own services are
--   left out.
-- params:
--   since: {type: timestamp, about: What was seen before this time counts as known}
SELECT
    account,
    region,
    min(first) AS first,
    sum(count) AS calls,
    array_sort(array_agg(DISTINCT principal)) AS principals,
    array_sort(array_agg(DISTINCT eventsource)) AS services
FROM activity
WHERE caller <> 'aws_service' AND account IN (SELECT account FROM activity WHERE first < ${since})
GROUP BY account, region
HAVING min(first) >= ${since}
ORDER BY first, account, region
