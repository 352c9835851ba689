-- title: Security groups that were opened to the world
-- description: Rules that let in everybody (0.0.0.0/0 or ::/0), with the ports, and rules that were taken back.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'groupId'), json_text(requestparameters, 'groupName'),
        json_text(requestparameters, 'ModifySecurityGroupRulesRequest.GroupId')) AS security_group,
    coalesce(json_text(requestparameters, 'ipPermissions.items[0].fromPort'), json_text(requestparameters, 'fromPort')) AS from_port,
    coalesce(json_text(requestparameters, 'ipPermissions.items[0].toPort'), json_text(requestparameters, 'toPort')) AS to_port,
    coalesce(json_text(requestparameters, 'ipPermissions.items'), json_text(requestparameters, 'ModifySecurityGroupRulesRequest.SecurityGroupRule')) AS rules,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
    AND eventname IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules', 'RevokeSecurityGroupIngress')
    AND (strpos(requestparameters, '"0.0.0.0/0"') > 0 OR strpos(requestparameters, '"::/0"') > 0)
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
