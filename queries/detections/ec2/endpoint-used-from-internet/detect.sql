-- title: "{principal} reached S3 through the VPC endpoint {endpoint} from the address {source}"
-- kind: match
-- severity: low
-- topics: [221]
-- mitre: [T1530]
-- why: Behind an endpoint addresses are private. A public one means a way into the network that somebody built.
-- do: Find the proxy, tunnel or network that the address belongs to.
-- false_positives: Networks that use public addresses inside.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html]
SELECT coalesce(vpcendpointid, 'of unknown name') AS endpoint,
       sourceipaddress AS source
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventtype IN ('AwsVpceEvent', 'AwsVpceEvents')
  AND caller <> 'aws_service'
  AND ip_in(sourceipaddress, '0.0.0.0/0')
  AND NOT ip_in(sourceipaddress, '10.0.0.0/8')
  AND NOT ip_in(sourceipaddress, '172.16.0.0/12')
  AND NOT ip_in(sourceipaddress, '192.168.0.0/16')
  AND NOT ip_in(sourceipaddress, '100.64.0.0/10')
