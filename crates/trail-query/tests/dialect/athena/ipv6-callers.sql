SELECT useridentity.type AS kind, sourceipaddress, count(*) AS n
FROM cloudtrail_logs
WHERE contains('2001:db8::/32', TRY_CAST(sourceipaddress AS IPADDRESS))
  AND TRY_CAST(sourceipaddress AS IPADDRESS) <> IPADDRESS '2001:db8:2::99'
GROUP BY useridentity.type, sourceipaddress
