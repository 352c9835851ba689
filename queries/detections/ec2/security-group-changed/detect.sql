-- title: "{principal} changed a security group: {event}"
-- kind: match
-- severity: low
-- topics: [198, 199]
-- mitre: [T1562.007]
-- cis: ["4.10"]
-- why: The CIS benchmark asks for a record of every such change. It decides who reaches which machine.
-- do: Check that it has a ticket.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'groupId'), json_text(requestparameters, 'groupName'), json_text(requestparameters, 'ModifySecurityGroupRulesRequest.GroupId')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupIngress',
                    'RevokeSecurityGroupEgress', 'CreateSecurityGroup', 'DeleteSecurityGroup',
                    'ModifySecurityGroupRules')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
