-- title: User agents never seen before
-- description: Families of user agents (versions stripped) that were first seen at or after a time, with who came with them.
-- params:
--   since: {type: timestamp, about: What was seen before this time counts as known}
SELECT
    agent,
    min(first) AS first,
    max(last) AS last,
    sum(count) AS calls,
    array_sort(array_agg(DISTINCT principal)) AS principals,
    array_sort(array_agg(DISTINCT network)) AS networks
FROM activity
WHERE agent IS NOT NULL AND caller <> 'aws_service'
GROUP BY agent
HAVING min(first) >= ${since}
ORDER BY first, agent
