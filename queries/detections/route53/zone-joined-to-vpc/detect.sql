-- title: "{principal} joined the hosted zone {zone} to the VPC {vpc}"
-- kind: match
-- severity: low
-- topics: [225]
-- mitre: [T1557]
-- why: A private zone decides what names mean inside a network. A zone of somebody else can send traffic to them.
-- do: Check that zone and VPC belong together.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html]
-- group_by: [account, principal, zone]
SELECT coalesce(json_text(requestparameters, 'hostedZoneId'), 'of unknown name') AS zone,
       coalesce(json_text(requestparameters, 'vPC.vPCId'), json_text(requestparameters, 'vPCId'), json_text(requestparameters, 'VPC.VPCId'), 'of unknown name') AS vpc,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'route53.amazonaws.com'
  AND eventname IN ('AssociateVPCWithHostedZone', 'CreateVPCAssociationAuthorization')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
