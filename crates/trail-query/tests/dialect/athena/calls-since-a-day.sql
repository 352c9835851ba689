-- param: since = 2024-03-02
-- param: who = arn:aws:iam::111122223333:user/bob
-- param: at_least = 2
SELECT eventsource, eventname, count(*) AS n
FROM cloudtrail_logs
WHERE eventtime >= '${since}' AND useridentity.arn = '${who}'
GROUP BY eventsource, eventname
HAVING count(*) >= ${at_least}
ORDER BY n DESC, eventname
