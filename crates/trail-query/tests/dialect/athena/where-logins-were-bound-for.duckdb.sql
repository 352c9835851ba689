-- ordered
SELECT 'console.aws.amazon.com' AS host, nullif(regexp_extract((additionaleventdata->>'LoginTo'), 'region=([^&]*)', 1), '') AS region_asked, count(*) AS n
FROM t WHERE eventname = 'ConsoleLogin' GROUP BY 1, 2 ORDER BY n DESC
