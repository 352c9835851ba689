-- title: Busiest services
SELECT
    eventsource AS service,
    sum(count) AS events,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied
FROM activity
WHERE eventsource IS NOT NULL
GROUP BY eventsource
ORDER BY events DESC, service
LIMIT 10
