-- ordered
SELECT regexp_extract((requestparameters->>'secretId'), '([a-z]+/[a-z]+(/[a-z]+)?)', 1) AS secret,
       list(DISTINCT sourceipaddress ORDER BY sourceipaddress) AS addresses, count_if(errorcode IS NULL)::BIGINT AS reads,
       count(*) FILTER (WHERE errorcode IS NOT NULL) AS refused
FROM t WHERE eventname = 'GetSecretValue' AND eventcategory = 'Management' GROUP BY 1 ORDER BY 1
