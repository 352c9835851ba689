-- title: "{principal} changed the Systems Manager document {document}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1651, T1098]
-- why: Machines and automations run what the document says the next time, with rights that the caller may not have.
-- do: Compare the versions.
-- false_positives: People who maintain documents.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateDocument.html]
-- group_by: [account, principal, document]
SELECT coalesce(json_text(requestparameters, 'name'), 'of unknown name') AS document,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('UpdateDocument', 'UpdateDocumentDefaultVersion')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND coalesce(json_text(requestparameters, 'name'), '') NOT LIKE '%SSM-SessionManagerRunShell'
