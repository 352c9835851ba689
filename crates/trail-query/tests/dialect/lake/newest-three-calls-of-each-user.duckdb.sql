-- ordered
SELECT useridentity.username AS username, arg_max(eventname, eventtime, 3) AS newest, min(eventtime) AS since
FROM t WHERE useridentity.type = 'IAMUser' GROUP BY 1 ORDER BY 1
