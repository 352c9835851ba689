-- title: "{principal} exports a database to the bucket {bucket}"
-- kind: match
-- severity: medium
-- topics: [295]
-- mitre: [T1537, T1213.006]
-- why: The export writes whole tables to a bucket, as files that can be taken anywhere.
-- do: Look at the bucket and who reads it; ask the owner.
-- false_positives: Feeds of a data lake.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 's3BucketName'), 'of unknown name') AS bucket,
       json_text(requestparameters, 'sourceArn') AS source,
       CASE WHEN caller IN ('iac', 'workload') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname = 'StartExportTask'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
