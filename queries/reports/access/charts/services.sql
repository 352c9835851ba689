-- title: Busiest services
SELECT
    eventsource AS service,
    sum(count) AS events,
    sum(count) FILTER (WHERE outcome = 'denied') AS denied
FROM activity
WHERE eventsource IS NOT NULL
GROUP BY eventsource
ORDER BY events DESC, service
LIMIT 10
