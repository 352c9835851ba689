-- title: "{principal} looked which guards there are: {event}"
-- kind: match
-- severity: info
-- topics: [175]
-- mitre: [T1518.001, T1526]
-- why: Context. Firewalls, security groups, GuardDuty and Security Hub are looked up before they are gone around.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: People at the console, scanners, deployments.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html]
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource IN ('ec2.amazonaws.com', 'guardduty.amazonaws.com', 'securityhub.amazonaws.com', 'network-firewall.amazonaws.com',
                      'inspector2.amazonaws.com', 'macie2.amazonaws.com', 'wafv2.amazonaws.com', 'ssm.amazonaws.com', 'elasticloadbalancing.amazonaws.com')
  AND eventname IN ('DescribeSecurityGroups', 'ListDetectors', 'GetDetector', 'DescribeHub', 'GetEnabledStandards', 'DescribeFirewall',
                    'ListFirewalls', 'ListFirewallPolicies', 'BatchGetAccountStatus', 'GetMacieSession', 'ListWebACLs', 'DescribeProducts',
                    'DescribeInventoryDeletions', 'DescribeLoadBalancerPolicies')
  AND errorcode IS NULL
  AND caller NOT IN ('aws_service', 'iac')
