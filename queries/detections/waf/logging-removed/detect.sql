-- title: "{principal} stopped the logs of the web ACL {name}"
-- kind: match
-- severity: medium
-- topics: [176]
-- mitre: [T1562.008]
-- why: Without its logs nobody sees what the firewall let through.
-- do: Put the logging configuration back.
-- false_positives: Taking down a web site.
-- references: [https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteLoggingConfiguration.html]
SELECT coalesce(json_text(requestparameters, 'resourceArn'), 'of unknown name') AS name,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('wafv2.amazonaws.com', 'waf-regional.amazonaws.com', 'waf.amazonaws.com')
  AND eventname = 'DeleteLoggingConfiguration'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
