-- ordered
SELECT regexp_extract(errormessage, 'not authorized to perform: ([\w-]+:\w+)', 1) AS action,
       nullif(regexp_extract(errormessage, 'because no [a-z-]+ policy'), '') AS reason, count(*) AS n
FROM t WHERE errormessage LIKE 'User: %' GROUP BY 1, 2 ORDER BY n DESC, action
