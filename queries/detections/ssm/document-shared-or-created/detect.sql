-- title: "{principal} {act} the Systems Manager document {document}"
-- kind: match
-- severity: low
-- topics: [326, 327]
-- mitre: [T1651, T1537]
-- why: A document says what is run on machines. One that everybody may read tells how they are run; a new one may hold
--   somebody's commands.
-- do: Read the document; take it back from those who should not have it.
-- false_positives: Administration and deployments.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ModifyDocumentPermission.html]
-- group_by: [account, principal, document]
SELECT coalesce(json_text(requestparameters, 'name'), 'of unknown name') AS document,
       CASE eventname WHEN 'ModifyDocumentPermission' THEN 'shared' ELSE 'created' END AS act,
       json_text(requestparameters, 'accountIdsToAdd') AS shared_with,
       CASE WHEN lower(json_text(requestparameters, 'accountIdsToAdd')) LIKE '%"all"%' THEN 'high'
            WHEN eventname = 'ModifyDocumentPermission' AND caller <> 'iac' THEN 'medium'
            WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('CreateDocument', 'ModifyDocumentPermission')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname = 'CreateDocument' AND coalesce(json_text(requestparameters, 'documentType'), 'Command') = 'Command'
       OR json_text(requestparameters, 'accountIdsToAdd') LIKE '["%')
