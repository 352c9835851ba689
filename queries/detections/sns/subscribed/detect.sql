-- title: "{principal} subscribed an address ({protocol}) to the topic {topic}"
-- kind: match
-- severity: low
-- topics: [364]
-- mitre: [T1537, T1530]
-- why: From now on every message of the topic goes there - alarms too, and what programs tell each other.
-- do: Check that the address or account is known.
-- false_positives: People who subscribe their own mail address to alarms; deployments.
-- references: [https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html]
-- group_by: [account, principal, topic]
SELECT coalesce(json_text(requestparameters, 'topicArn'), 'of unknown name') AS topic,
       json_text(requestparameters, 'protocol') AS protocol,
       json_text(requestparameters, 'endpoint') AS endpoint,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'sns.amazonaws.com'
  AND eventname = 'Subscribe'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'protocol') IN ('http', 'https', 'email', 'email-json', 'sms')
