SELECT regexp_extract(element_at(requestParameters, 'secretId'), '([a-z]+/[a-z]+(/[a-z]+)?)', 1) AS secret,
       array_agg(DISTINCT sourceIPAddress ORDER BY sourceIPAddress) AS addresses,
       count_if(errorCode IS NULL) AS reads,
       COUNT(*) FILTER (WHERE errorCode IS NOT NULL) AS refused
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'GetSecretValue' AND eventCategory = 'Management'
GROUP BY 1
ORDER BY secret
