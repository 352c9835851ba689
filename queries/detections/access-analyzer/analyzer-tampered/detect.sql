-- title: "{principal} weakened Access Analyzer: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562.001]
-- why: Access Analyzer tells of grants to outsiders. Archive rules and deleted analyzers hide them.
-- do: Check who asked for it; look at the grants that the archive rule hides.
-- false_positives: Set-up by the security team.
-- references: [https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_DeleteAnalyzer.html]
SELECT coalesce(json_text(requestparameters, 'analyzerName'), json_text(requestparameters, 'analyzerArn')) AS analyzer,
       coalesce(json_text(requestparameters, 'ruleName'), json_text(requestparameters, 'status')) AS rule,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'DeleteAnalyzer' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'access-analyzer.amazonaws.com'
  AND eventname IN ('DeleteAnalyzer', 'CreateArchiveRule', 'UpdateArchiveRule', 'ApplyArchiveRule', 'DeleteArchiveRule',
                    'UpdateFindings', 'UpdateAnalyzer')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'UpdateFindings' OR json_text(requestparameters, 'status') IS NULL
       OR upper(json_text(requestparameters, 'status')) = 'ARCHIVED')
