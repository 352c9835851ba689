-- title: "{principal} opened a way into the network: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1133, T1021]
-- why: Tunnels, endpoints for shells and peerings lead past the gateways that are watched, and stay.
-- do: Check that it was meant, and who is on the other side.
-- false_positives: Network engineers.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInstanceConnectEndpoint.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'vpcId'), json_text(requestparameters, 'CreateInstanceConnectEndpointRequest.SubnetId'),
                json_text(requestparameters, 'ModifyVpcEndpointServicePermissionsRequest.ServiceId')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname = 'ModifyVpcEndpointServicePermissions' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateInstanceConnectEndpoint', 'CreateClientVpnEndpoint', 'AuthorizeClientVpnIngress', 'CreateVpnConnection',
                    'CreateTransitGatewayPeeringAttachment', 'AcceptTransitGatewayPeeringAttachment', 'AcceptTransitGatewayVpcAttachment',
                    'AcceptVpcEndpointConnections', 'ModifyVpcEndpointServicePermissions')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'ModifyVpcEndpointServicePermissions' OR requestparameters LIKE '%"*"%')
