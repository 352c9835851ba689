-- title: "{principal} set a rule or its targets by hand: {event}"
-- kind: match
-- severity: info
-- topics: [474, 475]
-- mitre: [T1546]
-- why: "A rule starts code by the clock or when something happens. One that waits for new users gives each of them a second
--   key: a back door that intruders build."
-- do: Look what the targets do.
-- false_positives: Developers.
-- references: [https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'rule'), 'of unknown name') AS rule,
       json_text(requestparameters, 'eventPattern') AS pattern,
       CASE WHEN regexp_like(json_text(requestparameters, 'eventPattern'), 'aws\.iam|CreateUser|CreateAccessKey|CreateRole|RunInstances') THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'events.amazonaws.com'
  AND eventname IN ('PutRule', 'PutTargets')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
