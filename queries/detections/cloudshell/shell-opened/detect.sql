-- title: "{principal} opened a shell in the browser (CloudShell)"
-- kind: match
-- severity: low
-- topics: [329]
-- mitre: [T1059.009]
-- why: CloudShell is a machine of AWS with the rights of whoever opened it; what is done there comes from an address of AWS,
--   and files can be taken out through it.
-- do: Ask the owner; look at what followed from addresses of AWS.
-- false_positives: People who work this way.
-- references: [https://docs.aws.amazon.com/cloudshell/latest/userguide/logging-and-monitoring.html]
SELECT json_text(requestparameters, 'EnvironmentId') AS environment,
       json_text(requestparameters, 'VpcConfig.VpcId') AS vpc,
       CASE WHEN eventname IN ('GetFileDownloadUrls', 'GetFileUploadUrls') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudshell.amazonaws.com'
  AND eventname IN ('CreateEnvironment', 'CreateSession', 'StartEnvironment', 'GetFileDownloadUrls', 'GetFileUploadUrls')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
