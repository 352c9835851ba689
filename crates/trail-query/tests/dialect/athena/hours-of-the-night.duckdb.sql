-- ordered
SELECT hour(eventtime) AS hr, minute(min(eventtime)) AS first_minute, count(DISTINCT useridentity.principalid) AS principals
FROM t WHERE eventtype = 'AwsApiCall' AND hour(eventtime) < 3 GROUP BY 1 ORDER BY 1
