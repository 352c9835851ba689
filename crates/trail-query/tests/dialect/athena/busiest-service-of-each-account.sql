WITH counted AS (
    SELECT account, eventsource, count(*) AS n, rank() OVER (PARTITION BY account ORDER BY count(*) DESC) AS place
    FROM cloudtrail_logs
    WHERE eventsource IS NOT NULL
    GROUP BY account, eventsource
)
SELECT account, place, eventsource, n
FROM counted
WHERE place <= 2
ORDER BY account, place
