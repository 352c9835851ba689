SELECT sourceIPAddress, count(*) AS calls
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE try_cast(sourceIPAddress AS IPADDRESS) IS NOT NULL
  AND NOT contains('203.0.113.0/25', try_cast(sourceIPAddress AS IPADDRESS))
  AND NOT contains('192.0.2.0/24', try_cast(sourceIPAddress AS IPADDRESS))
  AND NOT contains('2001:db8:1::/48', try_cast(sourceIPAddress AS IPADDRESS))
GROUP BY sourceIPAddress
ORDER BY calls DESC, sourceIPAddress
