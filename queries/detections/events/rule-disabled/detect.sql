-- title: "{principal} {act} the EventBridge rule {rule}"
-- kind: match
-- severity: medium
-- topics: [161, 183, 184]
-- mitre: [T1562.001]
-- why: Rules carry alerts and automatic answers; without them nobody is told.
-- do: See what the rule was for.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'rule')) AS rule,
       CASE eventname WHEN 'DisableRule' THEN 'disabled' WHEN 'DeleteRule' THEN 'deleted' ELSE 'emptied' END AS act,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname = 'DisableRule' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'events.amazonaws.com'
  AND eventname IN ('DisableRule', 'DeleteRule', 'RemoveTargets')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
