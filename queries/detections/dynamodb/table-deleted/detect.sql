-- title: "{principal} deleted the table {table}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1485]
-- why: With the table go its items and, after 35 days, its backups.
-- do: Restore it from a backup or from point-in-time recovery.
-- false_positives: Tear-down of a test environment.
-- references: [https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'tableName'), 'of unknown name') AS table,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'dynamodb.amazonaws.com'
  AND eventname = 'DeleteTable'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
