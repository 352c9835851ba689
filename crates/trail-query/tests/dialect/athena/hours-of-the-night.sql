SELECT hour(from_iso8601_timestamp(eventtime)) AS hr, extract(minute FROM min(from_iso8601_timestamp(eventtime))) AS first_minute,
       count(DISTINCT useridentity.principalid) AS principals
FROM cloudtrail_logs
WHERE eventtype = 'AwsApiCall' AND hour(from_iso8601_timestamp(eventtime)) < 3
GROUP BY 1
ORDER BY 1
