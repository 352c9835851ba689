SELECT res.arn, res.accountId, COUNT(*) AS touched
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
CROSS JOIN UNNEST(resources) AS r(res)
WHERE res.type = 'AWS::S3::Bucket'
GROUP BY res.arn, res.accountId
ORDER BY touched DESC, 1, 2
