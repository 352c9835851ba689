-- title: "{principal} changed who reaches a database: {event} {group}"
-- kind: match
-- severity: medium
-- topics: [204]
-- mitre: [T1562.007, T1190]
-- why: A DB security group says which addresses and machines reach the database.
-- do: Narrow it to what needs the database.
-- false_positives: Deployments of old set-ups; new ones use security groups of the VPC.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AuthorizeDBSecurityGroupIngress.html]
-- group_by: [account, principal, group]
SELECT coalesce(json_text(requestparameters, 'dBSecurityGroupName'), '') AS group,
       json_text(requestparameters, 'cIDRIP') AS let_in,
       CASE WHEN json_text(requestparameters, 'cIDRIP') IN ('0.0.0.0/0', '::/0') THEN 'high' WHEN caller = 'iac' THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('AuthorizeDBSecurityGroupIngress', 'CreateDBSecurityGroup', 'DeleteDBSecurityGroup')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
