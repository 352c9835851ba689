-- ordered
SELECT eventtime, (insightdetails->>'eventName') AS api, (insightdetails->>'$.insightContext.attributions[0].insight[0].value') AS mostly,
       json_array_length(insightdetails, '$.insightContext.attributions[0].insight')::BIGINT AS callers
FROM t WHERE eventcategory = 'Insight' AND (insightdetails->>'state') = 'Start' ORDER BY eventtime
