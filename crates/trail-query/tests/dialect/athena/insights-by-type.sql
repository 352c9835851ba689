SELECT json_extract_scalar(insightdetails, '$.insightType') AS insight_type,
       json_extract_scalar(insightdetails, '$.eventName') AS api,
       CAST(json_extract_scalar(insightdetails, '$.insightContext.statistics.insight.average') AS double) AS average,
       eventtime
FROM cloudtrail_logs
WHERE eventtype = 'AwsCloudTrailInsight' AND json_extract_scalar(insightdetails, '$.state') = 'End'
ORDER BY average DESC
