-- title: "{principal} took AWS's quarantine policy off {target}"
-- kind: match
-- severity: high
-- topics: [55, 79]
-- mitre: [T1562]
-- why: The policy keeps a leaked key from doing harm. An intruder takes it off.
-- do: Make sure that the leaked key is disabled.
-- false_positives: The end of a clean-up, after the key is gone.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html]
SELECT json_text(requestparameters, 'userName') AS target,
       CASE WHEN json_text(requestparameters, 'userName') = useridentity.username THEN 'critical' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'DetachUserPolicy'
  AND errorcode IS NULL
  AND json_text(requestparameters, 'policyArn') LIKE '%:policy/AWSCompromisedKeyQuarantine%'
