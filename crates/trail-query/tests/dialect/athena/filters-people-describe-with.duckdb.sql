-- ordered
SELECT (f->>'name') AS filter_name, (f->'$.valueSet.items')::MAP(VARCHAR, VARCHAR)[] AS filter_values, count(*) AS n
FROM (SELECT unnest((requestparameters->'$.filterSet.items')::JSON[]) AS f FROM t WHERE eventsource = 'ec2.amazonaws.com')
GROUP BY 1, 2 ORDER BY 1
