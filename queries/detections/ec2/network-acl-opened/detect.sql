-- title: "{principal} let everybody through the network ACL {acl}"
-- kind: match
-- severity: medium
-- topics: [208]
-- mitre: [T1562.007]
-- why: An inward entry that allows everything takes away the fence around a subnet; behind it only security groups are left.
-- do: Narrow the entry; look at security groups opened since.
-- false_positives: The default ACL of a new network says the same; deployments that write it out.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html]
-- group_by: [account, principal, acl]
SELECT json_text(requestparameters, 'networkAclId') AS acl,
       json_text(requestparameters, 'aclProtocol') AS protocol,
       json_text(requestparameters, 'portRange.from') AS from_port,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateNetworkAclEntry', 'ReplaceNetworkAclEntry')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(json_text(requestparameters, 'ruleAction')) = 'allow'
  AND lower(json_text(requestparameters, 'egress')) = 'false'
  AND (json_text(requestparameters, 'cidrBlock') = '0.0.0.0/0' OR json_text(requestparameters, 'ipv6CidrBlock') = '::/0')
