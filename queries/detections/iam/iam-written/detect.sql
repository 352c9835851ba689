-- title: "{principal} changed IAM: {event}"
-- kind: match
-- severity: info
-- topics: [75]
-- mitre: [T1098]
-- why: The record of every change to identities, whatever it was, by principal and day.
-- do: Nothing alone; look here when another finding says that somebody was in IAM.
-- false_positives: All administration and every deployment. It is a record and no alarm.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'),
                json_text(requestparameters, 'groupName'), json_text(requestparameters, 'policyArn'),
                json_text(requestparameters, 'policyName')) AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND readonly IS NOT TRUE
  AND errorcode IS NULL
  AND eventname NOT LIKE 'Get%'
  AND eventname NOT LIKE 'List%'
  AND eventname NOT LIKE 'Describe%'
  AND eventname NOT LIKE 'Simulate%'
  AND eventname NOT LIKE 'Generate%'
  AND (useridentity.type IS DISTINCT FROM 'AWSService')
