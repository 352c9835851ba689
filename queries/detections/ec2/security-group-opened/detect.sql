-- title: "{principal} opened {group} to the world"
-- kind: match
-- severity: medium
-- topics: [200, 201]
-- mitre: [T1562.007, T1133]
-- why: A rule for 0.0.0.0/0 or ::/0 lets the whole internet try. For ports of administration and databases it is found
--   within minutes.
-- do: Narrow the rule to the addresses that need it.
-- false_positives: Public web servers on 80 and 443.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.exfiltration.ec2-security-group-open-port-22-ingress/
SELECT coalesce(json_text(requestparameters, 'groupId'), json_text(requestparameters, 'groupName'), json_text(requestparameters, 'ModifySecurityGroupRulesRequest.GroupId')) AS group,
       coalesce(json_text(requestparameters, 'ipPermissions.items[0].fromPort'), json_text(requestparameters, 'fromPort')) AS from_port,
       coalesce(json_text(requestparameters, 'ipPermissions.items[0].toPort'), json_text(requestparameters, 'toPort')) AS to_port,
       CASE WHEN regexp_like(requestparameters, '[Ff]romPort"\s*:\s*"?[0-9]')
             AND NOT regexp_like(requestparameters, '"(-1|all)"')
             AND NOT regexp_like(regexp_replace(requestparameters, '(from|to|From|To)Port"\s*:\s*"?(80|443)\b', '', 'g'), '(from|to|From|To)Port"') THEN 'low'
            ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%"0.0.0.0/0"%' OR requestparameters LIKE '%"::/0"%' OR regexp_like(requestparameters, '"[0-9.]+/[0-7]"|"[0-9a-f:]+/([0-9]|1[0-5])"'))
