SELECT sourceipaddress FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin'
INTERSECT
SELECT sourceipaddress FROM cloudtrail_logs WHERE useridentity.accesskeyid LIKE 'AKIA%'
