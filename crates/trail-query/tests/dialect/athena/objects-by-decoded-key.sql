SELECT url_decode(json_extract_scalar(requestparameters, '$.key')) AS object_key, count(*) AS n
FROM cloudtrail_logs
WHERE eventname = 'GetObject' AND json_extract_scalar(requestparameters, '$.key') LIKE '%\%%' ESCAPE '\'
GROUP BY 1
ORDER BY n DESC, object_key
