-- title: "{principal} deleted objects of the bucket {bucket} in batches"
-- kind: match
-- severity: low
-- topics: [277]
-- mitre: [T1485]
-- why: One DeleteObjects call removes up to a thousand objects or versions; which ones the log does not always say.
-- do: Check that it was meant; restore versions if there are any.
-- false_positives: Clean-up, data lakes and synchronisation jobs.
-- references:
--   - https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.impact.s3-ransomware-batch-deletion/
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'DeleteObjects'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
