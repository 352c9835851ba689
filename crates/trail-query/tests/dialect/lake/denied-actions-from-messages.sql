SELECT regexp_extract(errorMessage, 'not authorized to perform: ([\w-]+:\w+)', 1) AS action,
       regexp_extract(errorMessage, 'because no [a-z-]+ policy') AS reason,
       count(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE errorMessage LIKE 'User: %'
GROUP BY 1, 2
ORDER BY n DESC, action
