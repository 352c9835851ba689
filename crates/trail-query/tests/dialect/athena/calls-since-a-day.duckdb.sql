-- ordered
SELECT eventsource, eventname, count(*) AS n FROM t WHERE eventtime >= TIMESTAMP '2024-03-02' AND useridentity.arn = 'arn:aws:iam::111122223333:user/bob'
GROUP BY 1, 2 HAVING count(*) >= 2 ORDER BY n DESC, eventname
