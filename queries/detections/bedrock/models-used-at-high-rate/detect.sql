-- title: "{principal} used models {uses} times within ten minutes"
-- kind: window
-- severity: medium
-- topics: [349]
-- mitre: [T1496.004]
-- why: Stolen keys are used until they are stopped. Hundreds of questions in minutes by a person or a bare key are somebody who
--   resells them, or tries out what the models give away.
-- do: Ask the owner of the key; look at the cost and at the region.
-- false_positives: Tests and batch work with the key of an IAM user.
-- references: [https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html]
-- window: 10m
-- threshold: {uses: 200}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(*) AS uses,
       count(*) FILTER (WHERE errorcode IS NOT NULL) AS errors,
       array_agg(DISTINCT json_text(requestparameters, 'modelId')) AS models,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('InvokeModel', 'InvokeModelWithResponseStream', 'Converse', 'ConverseStream')
  AND caller IN ('human', 'unknown')
GROUP BY principal, recipientaccountid, _window
HAVING count(*) >= $uses
