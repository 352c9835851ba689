-- title: "{principal} published a version of the layer {layer}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1525, T1648]
-- why: Functions load layers as their own code, and before it.
-- do: Compare with the pipeline.
-- false_positives: Developers.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html]
-- group_by: [account, principal, layer]
SELECT coalesce(json_text(requestparameters, 'layerName'), 'of unknown name') AS layer,
       CASE WHEN caller = 'human' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('PublishLayerVersion20181031', 'PublishLayerVersion')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
