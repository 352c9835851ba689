-- title: "{principal} changed the domain {domain}: {event}"
-- kind: match
-- severity: high
-- topics: [534]
-- mitre: [T1584.001, T1583.001]
-- why: Whoever names the servers of a domain reads its mail and gets certificates for it.
-- do: Set the servers back; call the registrar; look for certificates that were issued.
-- false_positives: A move to another DNS service.
-- references: [https://docs.aws.amazon.com/Route53/latest/APIReference/API_domains_UpdateDomainNameservers.html]
-- group_by: [account, principal, domain]
SELECT coalesce(json_text(requestparameters, 'domainName'), 'of unknown name') AS domain,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'RegisterDomain' THEN 'low' WHEN eventname LIKE 'UpdateDomainContact%' OR eventname = 'DisableDomainAutoRenew' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'route53domains.amazonaws.com'
  AND eventname IN ('UpdateDomainNameservers', 'UpdateDomainContact', 'UpdateDomainContactPrivacy', 'DeleteDomain',
                    'RegisterDomain', 'DisableDomainAutoRenew', 'DisassociateDelegationSignerFromDomain', 'PushDomain')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
