-- title: "{principal} launched machines in {regions} regions within an hour"
-- kind: window
-- severity: high
-- topics: [455]
-- mitre: [T1496.001, T1535]
-- why: "Work has its region. Who starts machines in many at once uses up what each region allows: so miners do with a
--   stolen key."
-- do: Disable the key; end the machines in all regions; look for new users, keys and security groups.
-- false_positives: Roll-outs of a product over regions, which code does and which is told as low.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html]
-- window: 1h
-- every: 30m
-- threshold: {regions: 4}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT awsregion) AS regions,
       count(*) FILTER (WHERE errorcode IS NOT NULL) AS errors,
       array_agg(DISTINCT awsregion) AS where,
       array_agg(DISTINCT coalesce(json_text(requestparameters, 'instanceType.value'), json_text(requestparameters, 'instanceType'))) AS types,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(caller IN ('human', 'unknown')) THEN 'high' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('RunInstances', 'RequestSpotInstances', 'RequestSpotFleet', 'CreateFleet')
  AND (errorcode IS DISTINCT FROM 'Client.DryRunOperation')
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT awsregion) >= $regions
