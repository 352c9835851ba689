-- title: "{principal} opened {group} to the world"
-- kind: match
-- severity: medium
-- topics: [200, 201]
-- mitre: [T1562.007]
-- why: A rule for 0.0.0.0/0 or ::/0 lets the whole internet try. For ports of administration and databases it is found
--   within minutes.
-- do: Narrow the rule to the addresses that need it.
-- false_positives: Public web servers on 80 and 443.
SELECT coalesce(json_text(requestparameters, 'groupId'), json_text(requestparameters, 'groupName'), json_text(requestparameters, 'ModifySecurityGroupRulesRequest.GroupId')) AS group,
       json_text(requestparameters, 'ipPermissions.items[0].fromPort') AS from_port,
       json_text(requestparameters, 'ipPermissions.items[0].toPort') AS to_port,
       CASE WHEN json_text(requestparameters, 'ipPermissions.items[0].fromPort') IN ('80', '443')
             AND json_text(requestparameters, 'ipPermissions.items[0].toPort') IN ('80', '443') THEN 'low' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%"0.0.0.0/0"%' OR requestparameters LIKE '%"::/0"%')
