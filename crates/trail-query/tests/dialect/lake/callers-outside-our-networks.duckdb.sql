-- ordered
SELECT sourceipaddress, count(*) AS calls FROM t
WHERE regexp_matches(sourceipaddress, '^[0-9]+\.[0-9.]+$|:')
  AND NOT (starts_with(sourceipaddress, '203.0.113.') AND try_cast(split_part(sourceipaddress, '.', 4) AS INT) < 128)
  AND NOT starts_with(sourceipaddress, '192.0.2.') AND NOT starts_with(sourceipaddress, '2001:db8:1:')
GROUP BY 1 ORDER BY calls DESC, sourceipaddress
