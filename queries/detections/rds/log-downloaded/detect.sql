-- title: "{principal} downloaded logs of the database {database}"
-- kind: match
-- severity: low
-- topics: [301]
-- mitre: [T1552.001]
-- why: Logs of a database hold statements, and statements hold data and passwords.
-- do: Ask the owner.
-- false_positives: Administrators; programs that collect logs are workloads and only noted.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DownloadDBLogFilePortion.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'dBInstanceIdentifier'), 'of unknown name') AS database,
       json_text(requestparameters, 'logFileName') AS log,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('DownloadDBLogFilePortion', 'DownloadCompleteDBLogFile')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
