-- ordered
SELECT useridentity.accesskeyid AS accesskey, any_value(useridentity.username) AS owner, min(eventtime) AS firstuse, max(eventtime) AS lastuse,
       arg_min(eventname, eventtime) AS firstcall, arg_max(eventname, eventtime) AS lastcall, count(DISTINCT awsregion) AS regions
FROM t WHERE useridentity.accesskeyid LIKE 'AKIA%' GROUP BY 1 ORDER BY 1
