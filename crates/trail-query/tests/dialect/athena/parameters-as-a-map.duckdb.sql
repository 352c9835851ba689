-- ordered
SELECT eventname, parameter, count(*) AS n FROM (SELECT eventname, unnest(json_keys(requestparameters)) AS parameter FROM t
WHERE eventsource = 'kms.amazonaws.com' AND requestparameters IS NOT NULL) GROUP BY 1, 2 ORDER BY 1, 2
