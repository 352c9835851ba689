SELECT sourceipaddress,
       if(contains('198.51.100.0/25', CAST(sourceipaddress AS ipaddress)), 'lower half', 'upper half') AS half,
       count(*) AS n
FROM cloudtrail_logs
WHERE regexp_like(sourceipaddress, '^\d+\.\d+\.\d+\.\d+$')
  AND contains('198.51.100.0/24', TRY_CAST(sourceipaddress AS ipaddress))
GROUP BY 1, 2
ORDER BY n DESC, 1
