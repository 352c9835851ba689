-- ordered
SELECT useridentity.accesskeyid AS session_key, arg_min(eventname, eventtime) AS first_call, count(*) AS calls
FROM t WHERE useridentity.accesskeyid LIKE 'ASIASESSION%' GROUP BY 1 HAVING count(*) > 2 ORDER BY 1
