-- title: "{principal} deleted objects of the bucket {bucket}"
-- kind: match
-- severity: info
-- topics: [276]
-- mitre: [T1485]
-- why: Context. Deleted objects of a bucket without versions are gone. Many in a row have a detection of their own.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: People and keys of IAM users clean up. What programs delete is left out, but for logs of AWS.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       json_text(requestparameters, 'key') AS key,
       CASE WHEN regexp_like(json_text(requestparameters, 'key'), '(^|/)AWSLogs/[^/]+/CloudTrail') AND caller <> 'iac' THEN 'high' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'DeleteObject'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (caller <> 'workload' OR requestparameters LIKE '%AWSLogs/%')
