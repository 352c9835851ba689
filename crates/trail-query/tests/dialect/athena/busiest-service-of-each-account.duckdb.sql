-- ordered
SELECT account, rank() OVER (PARTITION BY account ORDER BY count(*) DESC) AS place, eventsource, count(*) AS n
FROM t WHERE eventsource IS NOT NULL GROUP BY account, eventsource QUALIFY place <= 2 ORDER BY account, place
