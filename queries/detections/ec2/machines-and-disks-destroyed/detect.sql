-- title: "{principal} destroyed {things} machines, disks, snapshots and images within an hour"
-- kind: window
-- severity: medium
-- topics: [417, 418, 459]
-- mitre: [T1485]
-- why: "One after the other, whatever runs and whatever it could be restored from: so an account is wiped."
-- do: Take the credentials away at once; restore from the Recycle Bin and from other accounts.
-- false_positives: Tear-down of a test environment by hand.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html]
-- window: 1h
-- every: 30m
-- threshold: {things: 10}
SELECT principal,
       account,
       min(region) AS region,
       min(at) AS first,
       max(at) AS last,
       count(*) AS count,
       sum(things) AS things,
       count(DISTINCT action) AS kinds,
       array_agg(DISTINCT action) AS actions,
       array_agg(DISTINCT address) AS addresses,
       array_agg(id) AS event_ids,
       CASE WHEN count(DISTINCT action) >= 3 THEN 'high' ELSE 'medium' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address,
             eventname AS action, _window,
             CASE WHEN eventname = 'TerminateInstances'
                  THEN (length(requestparameters) - length(replace(requestparameters, '"instanceId"', ''))) / length('"instanceId"') ELSE 1 END AS things
      FROM cloudtrail
      WHERE eventsource = 'ec2.amazonaws.com'
        AND eventname IN ('TerminateInstances', 'DeleteVolume', 'DeleteSnapshot', 'DeregisterImage')
        AND errorcode IS NULL
        AND caller IN ('human', 'unknown')) AS acts
GROUP BY principal, account, _window
HAVING sum(things) >= $things AND count(DISTINCT action) >= 2
