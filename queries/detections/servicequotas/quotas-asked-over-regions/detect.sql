-- title: "{principal} asked for service quotas in {regions} regions within minutes"
-- kind: window
-- severity: medium
-- topics: [343]
-- mitre: [T1580, T1526]
-- why: Before miners or models are started at somebody's cost, the limits of every region are looked up.
-- do: Ask the owner; look at machines and models started since, in all regions.
-- false_positives: Tools that watch limits; give them a role of their own and disable this for it.
-- references: [https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html]
-- window: 10m
-- every: 5m
-- threshold: {regions: 5}
SELECT principal,
       recipientaccountid AS account,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT awsregion) AS regions,
       array_agg(DISTINCT json_text(requestparameters, 'serviceCode')) AS services,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(caller IN ('human', 'unknown')) THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'servicequotas.amazonaws.com'
  AND eventname IN ('GetServiceQuota', 'GetAWSDefaultServiceQuota', 'ListServiceQuotas', 'ListAWSDefaultServiceQuotas')
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT awsregion) >= $regions
