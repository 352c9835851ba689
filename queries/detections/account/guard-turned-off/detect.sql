-- title: "{principal} turned a guard off: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562.001]
-- why: Detective, Inspector, Security Lake, Shield, Firewall Manager and the network firewall see what others do not. They
--   are turned off before the noise begins.
-- do: Turn it on again; look at what the caller did next.
-- false_positives: A guard that is replaced by another, or costs too much.
-- references:
--   - https://docs.aws.amazon.com/inspector/v2/APIReference/API_Disable.html
--   - https://docs.aws.amazon.com/detective/latest/APIReference/API_DeleteGraph.html
-- group_by: [account, principal, guard]
SELECT split_part(eventsource, '.', 1) AS guard,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname IN ('CreateFilter', 'UpdateLoggingConfiguration', 'UpdateFirewallDeleteProtection') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('detective.amazonaws.com', 'inspector2.amazonaws.com', 'securitylake.amazonaws.com', 'shield.amazonaws.com', 'fms.amazonaws.com',
                      'network-firewall.amazonaws.com', 'auditmanager.amazonaws.com', 'route53resolver.amazonaws.com')
  AND eventname IN ('DeleteGraph', 'DisassociateMembership', 'DeleteMembers', 'Disable', 'DisassociateMember', 'CreateFilter', 'DeleteDataLake',
                    'DeleteAwsLogSource', 'DeleteCustomLogSource', 'DeleteDataLakeOrganizationConfiguration', 'DeleteProtection', 'DeleteSubscription',
                    'DisableProactiveEngagement', 'DisableApplicationLayerAutomaticResponse', 'DeletePolicy', 'UpdateLoggingConfiguration',
                    'UpdateFirewallDeleteProtection', 'DisassociateSubnets', 'DeregisterAccount', 'DisassociateFirewallRuleGroup', 'DeleteFirewallRule',
                    'DeleteFirewallRuleGroup')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'CreateFilter' OR upper(json_text(requestparameters, 'action')) = 'SUPPRESS')
  AND (eventname <> 'UpdateLoggingConfiguration' OR coalesce(json_text(requestparameters, 'loggingConfiguration.logDestinationConfigs'), '[]') = '[]')
  AND (eventname <> 'UpdateFirewallDeleteProtection' OR json_text(requestparameters, 'deleteProtection') = 'false')
