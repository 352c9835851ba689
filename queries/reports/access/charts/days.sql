-- title: Events and denied calls per day (UTC)
SELECT
    day,
    sum(count) AS events,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied
FROM activity
WHERE day IS NOT NULL
GROUP BY day
ORDER BY day
