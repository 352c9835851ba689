SELECT e.eventName, COUNT(*) AS n, COUNT(res.arn) AS withResource
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607 e
LEFT JOIN UNNEST(e.resources) AS r(res) ON TRUE
WHERE e.eventSource IN ('sts.amazonaws.com', 'iam.amazonaws.com') AND e.recipientAccountId = '444455556666'
GROUP BY e.eventName
ORDER BY n DESC, e.eventName
