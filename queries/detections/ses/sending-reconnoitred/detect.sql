-- title: "{principal} made {calls} different calls within minutes to find out what can be sent with SES"
-- kind: window
-- severity: medium
-- topics: [376]
-- mitre: [T1580, T1526, T1496.004]
-- why: Quota, state and senders one after the other, by a program - so checks that thieves of keys run look.
-- do: Ask the owner of the key; look at mail sent since, in all regions.
-- false_positives: Inventories of mail set-ups.
-- references:
--   - https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendQuota.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.discovery.ses-enumerate/
-- window: 30m
-- every: 15m
-- threshold: {calls: 2}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT eventname) AS calls,
       count(*) FILTER (WHERE denied) AS denials,
       array_agg(DISTINCT awsregion) AS regions,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN count(DISTINCT eventname) >= 3 OR bool_or(caller <> 'workload')
              OR bool_or(NOT regexp_like(coalesce(useragent, ''), 'Boto3|Botocore|aws-sdk')) THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ses.amazonaws.com'
  AND eventname IN ('GetSendQuota', 'GetAccountSendingEnabled', 'GetIdentityVerificationAttributes', 'ListIdentities',
                    'GetAccount', 'ListEmailIdentities', 'ListServiceQuotas', 'GetSendStatistics')
  AND caller NOT IN ('aws_service', 'iac')
  AND sessioncredentialfromconsole IS NULL
  AND (useragent IS NULL OR (useragent NOT LIKE '%console%' AND useragent NOT LIKE 'Mozilla/%'))
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT eventname) >= $calls
