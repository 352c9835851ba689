-- ordered
SELECT CASE WHEN useridentity.type IS NULL THEN 'nobody' WHEN useridentity.type = 'AWSService' OR useridentity.invokedby IS NOT NULL THEN 'a service'
    WHEN useridentity.type IN ('IAMUser', 'Root') THEN 'long-lived' ELSE 'temporary' END AS kind,
    count(DISTINCT useridentity.principalid) AS principals, count(*) AS events FROM t GROUP BY 1 ORDER BY events DESC
