SELECT eventTime,
       json_extract_scalar(eventJson, '$.insightDetails.eventName') AS api,
       json_extract_scalar(eventJson, '$.insightDetails.insightContext.attributions[0].insight[0].value') AS mostly,
       json_array_length(json_extract(eventJson, '$.insightDetails.insightContext.attributions[0].insight')) AS callers
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventCategory = 'Insight'
  AND json_extract_scalar(eventJson, '$.insightDetails.state') = 'Start'
ORDER BY eventTime
