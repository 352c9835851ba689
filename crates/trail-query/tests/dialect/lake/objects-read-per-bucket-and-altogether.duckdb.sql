-- ordered
SELECT coalesce(bucket, 'all') AS bucket, count(*) AS reads FROM (SELECT (requestparameters->>'bucketName') AS bucket FROM t
WHERE eventname = 'GetObject' AND eventcategory = 'Data') GROUP BY ROLLUP (bucket) ORDER BY reads DESC
