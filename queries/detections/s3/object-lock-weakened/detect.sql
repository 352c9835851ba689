-- title: "{principal} got round the object lock of the bucket {bucket}: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1490, T1485]
-- why: The lock is what saves data from ransom. Who has the right to get round it, or shortens the time, makes it
--   worthless.
-- do: Take the right s3:BypassGovernanceRetention away; look which versions are gone.
-- false_positives: Retention that was set too long by mistake.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       json_text(requestparameters, 'key') AS key,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'PutObjectLockConfiguration' THEN 'low' WHEN eventname = 'PutObjectLegalHold' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('DeleteObject', 'DeleteObjects', 'PutObjectRetention', 'PutObjectLegalHold', 'PutObjectLockConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname IN ('PutObjectLockConfiguration', 'PutObjectLegalHold') OR regexp_like(requestparameters, '(?i)bypass-?governance-?(retention|mode)"\s*:\s*\[?"?true'))
  AND (eventname <> 'PutObjectLegalHold' OR upper(json_text(requestparameters, 'LegalHold.Status')) = 'OFF')
