-- title: Busiest principals
SELECT
    principal,
    caller,
    sum(count) AS events,
    sum(count) FILTER (WHERE outcome = 'denied') AS denied
FROM activity
WHERE principal IS NOT NULL
GROUP BY principal, caller
ORDER BY events DESC, principal
LIMIT 10
