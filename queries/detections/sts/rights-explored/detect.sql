-- title: "{principal} found out what a key or a refusal stands for: {event}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1087.004, T1069.003]
-- why: So keys are traced to their account, and refusals read for what policies say.
-- do: Nothing by itself.
-- false_positives: People who debug policies.
-- references: [https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html]
-- group_by: [account, principal]
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname IN ('DecodeAuthorizationMessage', 'GetAccessKeyInfo')
  AND caller IN ('human', 'unknown')
