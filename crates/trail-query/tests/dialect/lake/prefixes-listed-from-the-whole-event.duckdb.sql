-- ordered
SELECT (res->>'ARNPrefix') AS prefix, count(*) AS lists FROM (SELECT unnest((eventjson->'resources')::JSON[]) AS res FROM t WHERE eventname = 'ListObjects')
WHERE (res->>'ARNPrefix') IS NOT NULL GROUP BY 1 ORDER BY lists DESC, prefix
