SELECT url_extract_host(json_extract_scalar(additionaleventdata, '$.LoginTo')) AS host,
       url_extract_parameter(json_extract_scalar(additionaleventdata, '$.LoginTo'), 'region') AS region_asked,
       count(*) AS n
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin'
GROUP BY 1, 2
ORDER BY n DESC
