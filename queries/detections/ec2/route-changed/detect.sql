-- title: "{principal} changed the routes of a network: {event}"
-- kind: match
-- severity: low
-- topics: [210, 211, 212]
-- mitre: [T1557]
-- cis: ["4.13"]
-- why: The CIS benchmark asks for a record of every such change. It decides which way packets take, to the internet or past a firewall.
-- do: Check that it has a ticket.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'routeTableId'), json_text(requestparameters, 'associationId'), json_text(requestparameters, 'vpcId')) AS target,
       json_text(requestparameters, 'destinationCidrBlock') AS destination,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateRoute', 'CreateRouteTable', 'ReplaceRoute', 'ReplaceRouteTableAssociation', 'DeleteRoute',
                    'DeleteRouteTable', 'DisassociateRouteTable')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
