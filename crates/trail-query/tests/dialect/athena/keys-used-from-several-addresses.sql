SELECT useridentity.accesskeyid,
       approx_distinct(sourceipaddress) AS addresses,
       min_by(sourceipaddress, eventtime) AS first_address,
       arbitrary(useridentity.username) AS username
FROM cloudtrail_logs
WHERE useridentity.accesskeyid LIKE 'AKIA%'
GROUP BY useridentity.accesskeyid
HAVING approx_distinct(sourceipaddress) > 1
ORDER BY 1
