-- title: "{principal} took the firewall off {resource}"
-- kind: match
-- severity: medium
-- topics: [177, 178]
-- mitre: [T1562.001, T1562.007]
-- why: A load balancer, an API or a distribution without its web ACL takes every request, attacks too.
-- do: Put the web ACL back; look at the requests since.
-- false_positives: Deployments that replace one web ACL by another; distributions that never had one.
-- references: [https://docs.aws.amazon.com/waf/latest/APIReference/API_DisassociateWebACL.html]
-- group_by: [account, principal, resource]
SELECT coalesce(json_text(requestparameters, 'resourceArn'), json_text(requestparameters, 'id'), 'a resource of unknown name') AS resource,
       CASE WHEN eventsource = 'cloudfront.amazonaws.com' OR caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE ((eventsource IN ('wafv2.amazonaws.com', 'waf-regional.amazonaws.com', 'waf.amazonaws.com')
        AND eventname = 'DisassociateWebACL')
       OR (eventsource = 'cloudfront.amazonaws.com' AND eventname IN ('UpdateDistribution', 'UpdateDistribution2020_05_31', 'DisassociateDistributionWebACL')
           AND (eventname = 'DisassociateDistributionWebACL'
                OR json_text(requestparameters, 'distributionConfig.webACLId') = '')))
  AND errorcode IS NULL
  AND caller <> 'aws_service'
