-- title: Networks
-- order: 5
-- note: Where people and programs came from. An IPv4 network is a /24, an IPv6 one a /48; calls that AWS makes itself are left out.
-- empty: No call came from a network in this period.
SELECT
    principal,
    account,
    network,
    sum(count) AS events,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied,
    array_sort(array_agg(DISTINCT agent) FILTER (WHERE agent IS NOT NULL)) AS agents,
    array_sort(array_agg(DISTINCT region) FILTER (WHERE region IS NOT NULL)) AS regions,
    min(first) AS first_use,
    max(last) AS last_use
FROM activity
WHERE network LIKE '%/%' AND principal IS NOT NULL
GROUP BY principal, account, network
ORDER BY principal, account, events DESC, network
