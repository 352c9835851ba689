-- title: Networks that a person or role never came from before
-- description: Pairs of a principal and a network that were first seen at or after a time, of principals that had been seen before it. AWS's own
--   services are left out.
-- params:
--   since: {type: timestamp, about: What was seen before this time counts as known}
SELECT
    principal,
    account,
    network,
    min(first) AS first,
    max(last) AS last,
    sum(count) AS calls,
    array_sort(array_agg(DISTINCT eventsource)) AS services
FROM activity AS seen
WHERE caller <> 'aws_service' AND regexp_like(network, '^[0-9a-f.:]+/[0-9]+$')
    AND principal IN (SELECT principal FROM activity WHERE first < ${since})
GROUP BY principal, account, network
HAVING min(first) >= ${since}
ORDER BY first, principal, network
