-- title: "{principal} {act} the domain {domain}"
-- kind: match
-- severity: high
-- topics: [223, 224]
-- mitre: [T1584.001, T1531]
-- why: Who holds the domain gets its mail and visitors and may ask for certificates in its name. The lock is what keeps it
--   from being moved.
-- do: Cancel the transfer at once (CancelDomainTransferToAnotherAwsAccount), set the lock again, ask the owner.
-- false_positives: Moves of domains to another account or registrar of your own.
-- references:
--   - https://docs.aws.amazon.com/Route53/latest/APIReference/API_domains_TransferDomainToAnotherAwsAccount.html
-- group_by: [account, principal, domain]
SELECT coalesce(json_text(requestparameters, 'domainName'), 'of unknown name') AS domain,
       CASE eventname WHEN 'DisableDomainTransferLock' THEN 'took the transfer lock off' WHEN 'RetrieveDomainAuthCode' THEN 'asked for the transfer code of'
                      ELSE 'gave another account' END AS act,
       CASE eventname WHEN 'TransferDomainToAnotherAwsAccount' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'route53domains.amazonaws.com'
  AND eventname IN ('TransferDomainToAnotherAwsAccount', 'DisableDomainTransferLock', 'RetrieveDomainAuthCode')
  AND errorcode IS NULL
