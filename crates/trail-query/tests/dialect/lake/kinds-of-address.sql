SELECT CASE
         WHEN sourceIPAddress LIKE '%.amazonaws.com' OR sourceIPAddress = 'AWS Internal' THEN 'aws'
         WHEN strpos(sourceIPAddress, ':') > 0 THEN 'ipv6'
         WHEN sourceIPAddress IS NULL THEN 'none'
         ELSE 'ipv4'
       END AS kind,
       COUNT(DISTINCT sourceIPAddress) AS addresses,
       COUNT(*) AS events,
       SUM(IF(errorCode IS NULL, 0, 1)) AS failures
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
GROUP BY 1
ORDER BY events DESC
