-- ordered
SELECT sourceipaddress, CASE WHEN split_part(sourceipaddress, '.', 4)::INT < 128 THEN 'lower half' ELSE 'upper half' END AS half, count(*) AS n
FROM t WHERE starts_with(sourceipaddress, '198.51.100.') GROUP BY 1, 2 ORDER BY n DESC, 1
