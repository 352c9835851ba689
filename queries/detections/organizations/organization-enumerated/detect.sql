-- title: "{principal} mapped the organization: {kinds} kinds of calls in {minutes} minutes"
-- kind: window
-- severity: medium
-- topics: [138]
-- mitre: [T1087.004, T1526]
-- why: Accounts, units, policies and delegated administrators, one after the other, are what somebody needs who wants to
--   get from one account into all.
-- do: Ask the principal. If nobody knows of it, look at AssumeRole from its account.
-- false_positives: Inventory tools; give them an exception. Consoles are left out.
-- references: [https://docs.aws.amazon.com/organizations/latest/userguide/orgs_introduction.html]
-- window: 10m
-- every: 5m
-- threshold: {kinds: 4}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       10 AS minutes,
       count(DISTINCT eventname) AS kinds,
       array_agg(DISTINCT eventname) AS actions,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(DISTINCT useragent) AS agents,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(denied) THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
  AND (eventname LIKE 'List%' OR eventname LIKE 'Describe%')
  AND caller NOT IN ('aws_service', 'iac')
  AND sessioncredentialfromconsole IS NULL
  AND (useragent IS NULL OR (useragent NOT LIKE '%onsole%' AND useragent NOT LIKE 'Mozilla/%' AND useragent NOT LIKE '%.amazonaws.com'
                             AND useragent NOT LIKE '%aws-internal/%'))
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT eventname) >= $kinds
