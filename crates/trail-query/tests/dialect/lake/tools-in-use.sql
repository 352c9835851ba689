SELECT regexp_replace(split_part(userAgent, '/', 1), '[\[\]]') AS tool, COUNT(*) AS calls
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE regexp_like(userAgent, '(?i)^\[?(boto3|aws-cli|curl|mozilla)')
GROUP BY 1
HAVING COUNT(*) > 1
ORDER BY calls DESC
