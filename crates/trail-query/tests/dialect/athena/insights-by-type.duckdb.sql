-- ordered
SELECT (insightdetails->>'insightType') AS insight_type, (insightdetails->>'eventName') AS api,
       (insightdetails->>'$.insightContext.statistics.insight.average')::DOUBLE AS average, eventtime
FROM t WHERE eventtype = 'AwsCloudTrailInsight' AND (insightdetails->>'state') = 'End' ORDER BY average DESC
