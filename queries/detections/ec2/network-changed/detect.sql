-- title: "{principal} changed the network: {event}"
-- kind: match
-- severity: low
-- topics: [198, 199, 202, 207, 209, 210, 211, 212, 213, 214, 215, 216]
-- mitre: [T1562.007]
-- cis: ["4.10", "4.11", "4.12", "4.13", "4.14"]
-- why: The CIS benchmark asks for a record of every change of security groups, network ACLs, gateways, routes and
--   VPCs.
-- do: Check that it has a ticket.
-- false_positives: Deployments.
SELECT coalesce(json_text(requestparameters, 'groupId'), json_text(requestparameters, 'vpcId'), json_text(requestparameters, 'routeTableId')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupIngress',
                    'RevokeSecurityGroupEgress', 'CreateSecurityGroup', 'DeleteSecurityGroup',
                    'ModifySecurityGroupRules', 'CreateNetworkAcl', 'CreateNetworkAclEntry', 'DeleteNetworkAcl',
                    'DeleteNetworkAclEntry', 'ReplaceNetworkAclEntry', 'ReplaceNetworkAclAssociation',
                    'CreateCustomerGateway', 'DeleteCustomerGateway', 'AttachInternetGateway',
                    'CreateInternetGateway', 'DeleteInternetGateway', 'DetachInternetGateway', 'CreateRoute',
                    'CreateRouteTable', 'ReplaceRoute', 'ReplaceRouteTableAssociation', 'DeleteRoute',
                    'DeleteRouteTable', 'DisassociateRouteTable', 'CreateVpc', 'DeleteVpc', 'ModifyVpcAttribute',
                    'AcceptVpcPeeringConnection', 'CreateVpcPeeringConnection', 'DeleteVpcPeeringConnection',
                    'RejectVpcPeeringConnection', 'AttachClassicLinkVpc', 'DetachClassicLinkVpc',
                    'DisableVpcClassicLink', 'EnableVpcClassicLink')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
