-- title: Where a principal came from
-- description: The networks of a principal with their first use and last, newest first. What stands for an address where a service called is the
--   name of the service. Days count whole.
-- params:
--   principal: {type: text, about: The ARN of a user or role}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    network,
    array_sort(array_agg(DISTINCT region)) AS regions,
    array_sort(array_agg(DISTINCT agent)) AS agents,
    sum(count) AS calls,
    min(first) AS first,
    max(last) AS last
FROM activity
WHERE principal = ${principal} AND last >= ${from} AND first < ${to}
GROUP BY network
ORDER BY first DESC, network
