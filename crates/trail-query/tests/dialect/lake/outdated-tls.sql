-- param: from = 2024-02-28 00:00:00
-- param: until = 2024-03-03 00:00:00
SELECT eventSource, tlsDetails.tlsVersion, COUNT(*) AS outdatedCalls
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventTime >= '${from}' -- the first day that counts
  AND eventTime < '${until}'
  AND tlsDetails.tlsVersion LIKE 'TLSv%'
  AND CAST(REPLACE(tlsDetails.tlsVersion, 'TLSv') AS DOUBLE) <= 1.1
GROUP BY eventSource, tlsDetails.tlsVersion
ORDER BY outdatedCalls DESC, tlsVersion
