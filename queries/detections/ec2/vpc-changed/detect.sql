-- title: "{principal} changed a VPC or its peerings: {event}"
-- kind: match
-- severity: low
-- topics: [213, 214, 215, 216]
-- mitre: [T1562.007]
-- cis: ["4.14"]
-- why: The CIS benchmark asks for a record of every such change. It decides which networks there are and which of them are joined.
-- do: Check that it has a ticket.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'vpcId'), json_text(requestparameters, 'vpcPeeringConnectionId'), json_text(responseelements, 'vpc.vpcId')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateVpc', 'DeleteVpc', 'ModifyVpcAttribute', 'AcceptVpcPeeringConnection',
                    'CreateVpcPeeringConnection', 'DeleteVpcPeeringConnection', 'RejectVpcPeeringConnection',
                    'AttachClassicLinkVpc', 'DetachClassicLinkVpc', 'EnableVpcClassicLink', 'DisableVpcClassicLink')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
