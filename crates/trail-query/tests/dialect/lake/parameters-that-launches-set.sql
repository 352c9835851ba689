SELECT array_sort(map_keys(requestParameters)) AS parameters, COUNT(*) AS events
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventSource = 'iam.amazonaws.com' AND eventName IN ('CreateRole', 'UpdateAccountPasswordPolicy', 'PutUserPolicy')
GROUP BY array_sort(map_keys(requestParameters))
ORDER BY events DESC, cardinality(array_sort(map_keys(requestParameters)))
