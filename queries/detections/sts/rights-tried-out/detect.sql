-- title: "{principal} tried out {actions} calls without doing them"
-- kind: window
-- severity: medium
-- topics: []
-- mitre: [T1069.003, T1580]
-- why: A dry run says whether a call would be allowed and leaves no trace but this. Tools that measure what a stolen key
--   can do run through a list of them.
-- do: Ask the owner of the key; look at what was done for real after that.
-- false_positives: Tests of policies.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html]
-- window: 10m
-- every: 5m
-- threshold: {actions: 5}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT eventname) AS actions,
       count(*) FILTER (WHERE denied) AS denials,
       array_agg(DISTINCT eventname) AS tried,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND errorcode IS NOT NULL
  AND caller NOT IN ('aws_service', 'iac')
  AND (errorcode LIKE '%DryRunOperation' OR (denied AND regexp_like(requestparameters, '(?i)"dryRun"\s*:\s*"?true')))
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT eventname) >= $actions
