-- ordered
SELECT useridentity.accesskeyid AS accesskeyid, count(DISTINCT sourceipaddress) AS addresses, arg_min(sourceipaddress, eventtime) AS first_address,
       any_value(useridentity.username) AS username
FROM t WHERE useridentity.accesskeyid LIKE 'AKIA%' GROUP BY 1 HAVING count(DISTINCT sourceipaddress) > 1 ORDER BY 1
