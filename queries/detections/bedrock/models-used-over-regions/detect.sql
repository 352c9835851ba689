-- title: "{principal} asked models in {regions} regions within an hour"
-- kind: window
-- severity: high
-- topics: []
-- mitre: [T1496.004, T1580, T1535]
-- why: Which model answers differs by region, and so do limits. Who sells access to models with a stolen key tries one
--   region after the other.
-- do: Disable the key; look at the cost by region; take the access to models away.
-- false_positives: Inference over regions is done by AWS and not by the caller; programs that spread their load are told as
--   low.
-- references:
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.discovery.bedrock-enumerate-models-multiple-regions/
--   - https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
-- window: 1h
-- every: 30m
-- threshold: {regions: 3}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT awsregion) AS regions,
       count(*) FILTER (WHERE errorcode IS NOT NULL) AS errors,
       array_agg(DISTINCT awsregion) AS where,
       array_agg(DISTINCT json_text(requestparameters, 'modelId')) AS models,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(caller IN ('human', 'unknown')) THEN 'high' WHEN bool_or(errorcode IS NOT NULL) THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('InvokeModel', 'InvokeModelWithResponseStream', 'Converse', 'ConverseStream')
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT awsregion) >= $regions
