-- title: "{principal} weakened Access Analyzer: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562]
-- why: Access Analyzer tells of grants to outsiders. Archive rules and deleted analyzers hide them.
-- do: Check who asked for it.
-- false_positives: Set-up by the security team.
SELECT coalesce(json_text(requestparameters, 'analyzerName'), json_text(requestparameters, 'analyzerArn')) AS analyzer,
       CASE WHEN eventname = 'DeleteAnalyzer' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'access-analyzer.amazonaws.com'
  AND eventname IN ('DeleteAnalyzer', 'CreateArchiveRule', 'UpdateArchiveRule', 'UpdateFindings', 'UpdateAnalyzer')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
