-- ordered
SELECT useridentity.arn AS principal, count(*) AS n FROM t WHERE eventcategory = 'Data' AND eventsource = 's3.amazonaws.com'
GROUP BY 1 HAVING bool_and((requestparameters->>'bucketName') IN ('finance-records', 'org-trail')) ORDER BY n DESC, principal
