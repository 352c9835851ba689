-- title: "{principal} changed how sessions on machines are recorded: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562.008]
-- why: The document holds where the record of each shell goes and as whom it runs. With another one nobody reads along.
-- do: Compare it with the version before; look at sessions since.
-- false_positives: Administration of Session Manager.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'name') AS document,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('CreateDocument', 'UpdateDocument', 'DeleteDocument', 'UpdateDocumentDefaultVersion')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'name') LIKE '%SSM-SessionManagerRunShell'
