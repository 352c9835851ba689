-- title: "{principal} asked {actions} different questions about {services} services within minutes"
-- kind: window
-- severity: low
-- topics: [137]
-- mitre: [T1580, T1087.004, T1526]
-- why: Somebody gets an overview. Nothing was denied, so either the rights are wide or the caller knows them.
-- do: Ask the owner of the key; compare with what the principal usually does.
-- false_positives: Inventories, audits and people who look around; name them in an exception.
-- references: [https://attack.mitre.org/techniques/T1580/]
-- window: 10m
-- every: 5m
-- threshold: {actions: 12}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT concat(eventsource, eventname)) AS actions,
       count(DISTINCT eventsource) AS services,
       array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS asked,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%')
  AND caller IN ('human', 'unknown')
  AND sessioncredentialfromconsole IS NULL
  AND managementevent IS NOT FALSE
  AND useridentity.invokedby IS NULL
  AND (useragent LIKE 'aws-cli/%' OR useragent LIKE 'Boto3/%' OR useragent LIKE 'Botocore/%' OR useragent LIKE '[Boto3/%' OR useragent LIKE 'AWSPowerShell%'
       OR useragent LIKE 'python-requests/%')
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT concat(eventsource, eventname)) >= $actions
