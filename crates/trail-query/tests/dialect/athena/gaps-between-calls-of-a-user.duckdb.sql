-- ordered
SELECT eventtime, eventname, minutes FROM (
    SELECT eventtime, eventname, date_sub('minute', lag(eventtime) OVER (ORDER BY eventtime), eventtime) AS minutes
    FROM t WHERE useridentity.username = 'eve') WHERE minutes > 600 ORDER BY eventtime
