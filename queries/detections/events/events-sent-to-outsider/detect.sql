-- title: "{principal} sends events of the account to account {owner}"
-- kind: match
-- severity: high
-- topics: [475]
-- mitre: [T1537, T1546]
-- why: Events tell of every change as it happens. Sent elsewhere they are a spy, or start what somebody else wrote.
-- do: Remove the target; ask whose account it is.
-- false_positives: "A service that watches for you: name its account as trusted."
-- references: [https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html]
-- group_by: [account, principal, rule]
SELECT (regexp_match(requestparameters, 'arn:aws[a-z-]*:(?:events|lambda|sqs|sns|kinesis|firehose|states):[^:"]*:([0-9]{12}):'))[1] AS owner,
       json_text(requestparameters, 'rule') AS rule
FROM cloudtrail
WHERE eventsource IN ('events.amazonaws.com', 'pipes.amazonaws.com', 'scheduler.amazonaws.com')
  AND eventname IN ('PutTargets', 'CreatePipe', 'CreateSchedule')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(replace(requestparameters, coalesce(recipientaccountid, '-'), ''), 'arn:aws[a-z-]*:(events|lambda|sqs|sns|kinesis|firehose|states):[^:"]*:[0-9]{12}:')
  AND trusted_account((regexp_match(requestparameters, 'arn:aws[a-z-]*:(?:events|lambda|sqs|sns|kinesis|firehose|states):[^:"]*:([0-9]{12}):'))[1]) IS NOT TRUE
