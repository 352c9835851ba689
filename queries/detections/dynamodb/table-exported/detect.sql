-- title: "{principal} exports the table {table} to the bucket {bucket}"
-- kind: match
-- severity: medium
-- topics: [378]
-- mitre: [T1537, T1213]
-- why: The export writes the whole table to a bucket, without a read that anybody would see - the bucket may be another
--   account's.
-- do: Look at the bucket and who reads it; ask the owner.
-- false_positives: Feeds of a data lake.
-- references: [https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html]
-- group_by: [account, principal, table]
SELECT coalesce(json_text(requestparameters, 'tableArn'), 'of unknown name') AS table,
       coalesce(json_text(requestparameters, 's3Bucket'), 'of unknown name') AS bucket,
       json_text(requestparameters, 's3BucketOwner') AS owner,
       CASE WHEN json_text(requestparameters, 's3BucketOwner') <> recipientaccountid AND trusted_account(json_text(requestparameters, 's3BucketOwner')) IS NOT TRUE THEN 'high'
            WHEN caller IN ('iac', 'workload') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'dynamodb.amazonaws.com'
  AND eventname = 'ExportTableToPointInTime'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
