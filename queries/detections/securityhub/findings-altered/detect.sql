-- title: "{principal} changed findings of Security Hub: {event}"
-- kind: match
-- severity: low
-- topics: [173]
-- mitre: [T1562.001]
-- why: Findings that are suppressed or hidden by an insight are not seen.
-- do: Check who asked for it, above all where findings become SUPPRESSED or ARCHIVED.
-- false_positives: The security team works through its findings.
-- references: [https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DeleteInsight.html]
SELECT coalesce(json_text(requestparameters, 'Workflow.Status'), json_text(requestparameters, 'RecordState')) AS status,
       CASE WHEN eventname = 'DeleteInsight' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'securityhub.amazonaws.com'
  AND eventname IN ('DeleteInsight', 'UpdateInsight', 'UpdateFindings', 'BatchUpdateFindings', 'BatchUpdateFindingsV2',
                    'CreateAutomationRule', 'CreateAutomationRuleV2', 'BatchUpdateAutomationRules')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
