-- title: "{principal} deleted the bucket {bucket}"
-- kind: match
-- severity: low
-- topics: [256]
-- mitre: [T1485]
-- why: What was in the bucket is gone, and anybody may take its name and receive what is still sent there.
-- do: Check that it was meant; look at objects deleted before.
-- false_positives: Clean-up and deployments.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       CASE WHEN lower(json_text(requestparameters, 'bucketName')) LIKE '%trail%' OR lower(json_text(requestparameters, 'bucketName')) LIKE '%backup%' THEN 'medium'
            WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'DeleteBucket'
  AND (errorcode IS NULL OR errorcode = '')
  AND caller <> 'aws_service'
