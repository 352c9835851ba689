SELECT lower(errorcode) AS code, length(errormessage) AS message_length,
       regexp_extract_all(errormessage, '[a-z]+:[A-Z]\w+')[1] AS action, count(*) AS n
FROM cloudtrail_logs
WHERE lower(errormessage) LIKE '%not authorized%' AND errormessage NOT LIKE '%Encoded%'
  AND useridentity.username IN ('bob', 'alice')
  AND cardinality(regexp_extract_all(errormessage, '[a-z]+:[A-Z]\w+')) > 0
GROUP BY 1, 2, 3
ORDER BY n DESC, action
