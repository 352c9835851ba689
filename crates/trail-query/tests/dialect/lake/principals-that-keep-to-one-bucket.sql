-- Nothing but finance-records was touched by these principals.
SELECT userIdentity.arn AS principal, count(*) AS n
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventCategory = 'Data' AND eventSource = 's3.amazonaws.com'
GROUP BY userIdentity.arn
HAVING bool_and(element_at(requestParameters, 'bucketName') IN ('finance-records', 'org-trail'))
ORDER BY n DESC, principal
