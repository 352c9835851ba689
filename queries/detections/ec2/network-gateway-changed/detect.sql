-- title: "{principal} changed a network gateway: {event}"
-- kind: match
-- severity: low
-- topics: [209]
-- mitre: [T1562.007]
-- cis: ["4.12"]
-- why: The CIS benchmark asks for a record of every such change. It decides where the network meets the internet or the offices.
-- do: Check that it has a ticket.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'internetGatewayId'), json_text(requestparameters, 'customerGatewayId')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateCustomerGateway', 'DeleteCustomerGateway', 'AttachInternetGateway', 'CreateInternetGateway',
                    'DeleteInternetGateway', 'DetachInternetGateway')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
