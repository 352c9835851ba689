-- ordered
SELECT regexp_replace(split_part(useragent, '/', 1), '[\[\]]', '', 'g') AS tool, count(*) AS calls
FROM t WHERE regexp_matches(useragent, '(?i)^\[?(boto3|aws-cli|curl|mozilla)') GROUP BY 1 HAVING count(*) > 1 ORDER BY calls DESC
