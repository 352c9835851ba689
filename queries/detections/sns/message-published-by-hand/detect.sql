-- title: "{principal} published messages through SNS"
-- kind: match
-- severity: info
-- topics: [363]
-- mitre: [T1496.004, T1102]
-- why: Context. Programs publish; a person or a bare key that sends text messages or mail to many sends spam at your cost.
-- do: Look at text messages to telephones first.
-- false_positives: Tests by hand; programs that run with the key of an IAM user.
-- references: [https://docs.aws.amazon.com/sns/latest/api/API_Publish.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'topicArn'), json_text(requestparameters, 'targetArn'), CASE WHEN json_text(requestparameters, 'phoneNumber') IS NOT NULL THEN 'a telephone' END) AS target,
       CASE WHEN json_text(requestparameters, 'phoneNumber') IS NOT NULL THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'sns.amazonaws.com'
  AND eventname IN ('Publish', 'PublishBatch')
  AND caller IN ('human', 'unknown')
