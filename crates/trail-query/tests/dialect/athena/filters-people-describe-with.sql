SELECT json_extract_scalar(f, '$.name') AS filter_name,
       CAST(json_extract(f, '$.valueSet.items') AS ARRAY(MAP(VARCHAR, VARCHAR))) AS filter_values,
       count(*) AS n
FROM cloudtrail_logs
CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.filterSet.items') AS ARRAY(JSON))) AS t(f)
WHERE eventsource = 'ec2.amazonaws.com'
GROUP BY 1, 2
ORDER BY 1
