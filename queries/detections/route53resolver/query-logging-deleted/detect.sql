-- title: "{principal} stopped the logging of DNS queries: {event}"
-- kind: match
-- severity: high
-- topics: [167]
-- mitre: [T1562.008]
-- why: DNS queries show machines that call home. Without their log that is not seen.
-- do: Create the configuration again; look at what else the caller did.
-- false_positives: Taking down a VPC.
-- references:
--   - https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_DeleteResolverQueryLogConfig.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.defense-evasion.dns-delete-logs/
SELECT json_text(requestparameters, 'resolverQueryLogConfigId') AS configuration,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'route53resolver.amazonaws.com'
  AND eventname IN ('DeleteResolverQueryLogConfig', 'DisassociateResolverQueryLogConfig')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
