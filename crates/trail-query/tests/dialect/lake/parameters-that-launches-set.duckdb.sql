-- ordered
SELECT list_sort(json_keys(requestparameters)) AS parameters, count(*) AS events FROM t
WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateRole', 'UpdateAccountPasswordPolicy', 'PutUserPolicy')
GROUP BY 1 ORDER BY events DESC, len(parameters)
