-- title: "{principal} emptied the queue {queue}"
-- kind: match
-- severity: low
-- topics: [368]
-- mitre: [T1485, T1562]
-- why: Messages of the queue are lost - orders, or findings on their way to those who look at them.
-- do: Check what the queue is for.
-- false_positives: Clean-up after a fault.
-- references: [https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html]
SELECT coalesce(json_text(requestparameters, 'queueUrl'), 'of unknown name') AS queue,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'sqs.amazonaws.com'
  AND eventname = 'PurgeQueue'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
