-- ordered
SELECT CASE WHEN sourceipaddress LIKE '%.amazonaws.com' OR sourceipaddress = 'AWS Internal' THEN 'aws' WHEN contains(sourceipaddress, ':') THEN 'ipv6'
    WHEN sourceipaddress IS NULL THEN 'none' ELSE 'ipv4' END AS kind,
    count(DISTINCT sourceipaddress) AS addresses, count(*) AS events, count(errorcode) AS failures FROM t GROUP BY 1 ORDER BY events DESC
