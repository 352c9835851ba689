SELECT sourceipaddress FROM t WHERE eventname = 'ConsoleLogin' INTERSECT SELECT sourceipaddress FROM t WHERE useridentity.accesskeyid LIKE 'AKIA%'
