-- title: Busiest principals
SELECT
    principal,
    sum(count) AS events,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied
FROM activity
WHERE principal IS NOT NULL
GROUP BY principal
ORDER BY events DESC, principal
LIMIT 10
