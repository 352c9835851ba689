-- title: "{principal} changed a network ACL: {event}"
-- kind: match
-- severity: low
-- topics: [207]
-- mitre: [T1562.007]
-- cis: ["4.11"]
-- why: The CIS benchmark asks for a record of every such change. It decides what may enter and leave a whole subnet.
-- do: Check that it has a ticket.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'networkAclId'), json_text(requestparameters, 'associationId'), json_text(requestparameters, 'vpcId')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateNetworkAcl', 'CreateNetworkAclEntry', 'DeleteNetworkAcl', 'DeleteNetworkAclEntry',
                    'ReplaceNetworkAclEntry', 'ReplaceNetworkAclAssociation')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
