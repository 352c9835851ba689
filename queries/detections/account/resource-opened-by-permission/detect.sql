-- title: "{principal} let {who} use {resource}"
-- kind: match
-- severity: medium
-- topics: [361, 365, 369]
-- mitre: [T1098, T1537]
-- why: Queues, topics and event buses are opened by a call of their own, with no policy document that a check would read.
-- do: Check that the other side is known; take the permission back.
-- false_positives: "Integrations with a partner: name its account as trusted."
-- references:
--   - https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
--   - https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
-- group_by: [account, principal, resource]
SELECT coalesce(json_text(requestparameters, 'topicArn'), json_text(requestparameters, 'queueUrl'), json_text(requestparameters, 'eventBusName'),
                'the default event bus') AS resource,
       CASE WHEN coalesce(json_text(requestparameters, 'aWSAccountId'), json_text(requestparameters, 'aWSAccountIds'), json_text(requestparameters, 'principal')) LIKE '%*%' THEN 'everybody'
            ELSE concat('account ', coalesce(json_text(requestparameters, 'aWSAccountId[0]'), json_text(requestparameters, 'aWSAccountIds[0]'), json_text(requestparameters, 'principal'))) END AS who,
       CASE WHEN coalesce(json_text(requestparameters, 'aWSAccountId'), json_text(requestparameters, 'aWSAccountIds'), json_text(requestparameters, 'principal')) LIKE '%*%' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('sns.amazonaws.com', 'sqs.amazonaws.com', 'events.amazonaws.com')
  AND eventname IN ('AddPermission', 'PutPermission')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'condition') IS NULL
  AND (coalesce(json_text(requestparameters, 'aWSAccountId'), json_text(requestparameters, 'aWSAccountIds'), json_text(requestparameters, 'principal')) LIKE '%*%'
       OR (regexp_like(replace(coalesce(json_text(requestparameters, 'aWSAccountId'), json_text(requestparameters, 'aWSAccountIds'), json_text(requestparameters, 'principal')),
                               coalesce(recipientaccountid, '-'), ''), '[0-9]{12}')
           AND trusted_account(coalesce(json_text(requestparameters, 'aWSAccountId[0]'), json_text(requestparameters, 'aWSAccountIds[0]'), json_text(requestparameters, 'principal'))) IS NOT TRUE))
