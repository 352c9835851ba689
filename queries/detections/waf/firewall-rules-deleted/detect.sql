-- title: "{principal} deleted firewall rules: {event} {name}"
-- kind: match
-- severity: medium
-- topics: [179, 180]
-- mitre: [T1562.001, T1562.007]
-- why: Web ACLs and rule groups keep attacks from web sites and APIs. What they protected is open without them.
-- do: Restore them; see what they were attached to.
-- false_positives: Deployments and clean-up.
-- references: [https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteWebACL.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'webACLId'), json_text(requestparameters, 'ruleGroupId'),
                json_text(requestparameters, 'ruleId'), json_text(requestparameters, 'ruleGroupName'), json_text(requestparameters, 'webACLArn'), '') AS name,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('wafv2.amazonaws.com', 'waf-regional.amazonaws.com', 'waf.amazonaws.com', 'network-firewall.amazonaws.com')
  AND eventname IN ('DeleteWebACL', 'DeleteRuleGroup', 'DeleteRule', 'DeleteRateBasedRule', 'DeleteFirewallManagerRuleGroups',
                    'DeleteFirewall', 'DeleteFirewallPolicy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
