-- title: "{principal} changed Security Hub: {event}"
-- kind: match
-- severity: medium
-- topics: [172, 173, 174, 175]
-- mitre: [T1562]
-- why: Findings that are suppressed, or a hub that is off, are not seen.
-- do: Check who asked for it.
-- false_positives: The security team works through its findings.
SELECT coalesce(json_text(requestparameters, 'Workflow.Status'), json_text(requestparameters, 'RecordState')) AS status,
       CASE WHEN eventname = 'DisableSecurityHub' THEN 'high' WHEN eventname LIKE '%Findings' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'securityhub.amazonaws.com'
  AND eventname IN ('DisableSecurityHub', 'DeleteMembers', 'DisassociateMembers',
                    'DisassociateFromAdministratorAccount', 'DeleteInsight', 'UpdateInsight',
                    'BatchDisableStandards', 'UpdateFindings', 'BatchUpdateFindings',
                    'DisableImportFindingsForProduct')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
