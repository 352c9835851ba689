-- ordered
SELECT eventtime, eventname, sourceipaddress, errormessage FROM t
WHERE useridentity.type = 'Root' AND eventtime > TIMESTAMP '2024-03-01 07:20:00' AND eventtime <= TIMESTAMP '2024-03-01 07:45:00'
ORDER BY eventtime
