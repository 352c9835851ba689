-- ordered
SELECT eventtime AS "at", eventname, sourceipaddress FROM t
WHERE eventtime BETWEEN TIMESTAMP '2024-03-01 07:00:00' AND TIMESTAMP '2024-03-01 08:00:00'
  AND account = '111122223333' AND eventname <> 'GetObject' ORDER BY 1, 2
