SELECT useridentity.type AS kind, sourceipaddress, count(*) AS n FROM t
WHERE starts_with(sourceipaddress, '2001:db8:') AND sourceipaddress <> '2001:db8:2::99' GROUP BY 1, 2
