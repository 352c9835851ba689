-- ordered
SELECT eventname, sessioncredentialfromconsole, count(*) AS n FROM t
WHERE sessioncredentialfromconsole = 'true' AND readonly = false GROUP BY 1, 2 ORDER BY n DESC, eventname
