-- ordered
SELECT isodow(eventtime) AS weekday, count(*) AS eventcount FROM t
WHERE eventcategory = 'Data' GROUP BY 1 ORDER BY 1
