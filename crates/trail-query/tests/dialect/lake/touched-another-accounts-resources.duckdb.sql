-- ordered
SELECT eventname, useridentity.accountid AS caller, count(*) AS n
FROM t WHERE len(list_filter(resources, lambda r: r.accountid <> useridentity.accountid)) > 0
GROUP BY 1, 2 ORDER BY n DESC, eventname, caller
