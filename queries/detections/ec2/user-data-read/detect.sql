-- title: "{principal} asked for the start-up scripts of {instances} instances, {denials} denied"
-- kind: window
-- severity: medium
-- topics: [248]
-- mitre: [T1552.005, T1580]
-- why: Start-up scripts hold passwords and keys. Reading those of many instances is looking for them.
-- do: Ask the owner; change what the scripts hold.
-- false_positives: Inventory tools.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceAttribute.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.discovery.ec2-download-user-data/
-- window: 1h
-- threshold: {instances: 5}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'instanceId')) AS instances,
       count(*) FILTER (WHERE denied) AS denials,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'DescribeInstanceAttribute'
  AND json_text(requestparameters, 'attribute') = 'userData'
  AND caller <> 'aws_service'
  AND sessioncredentialfromconsole IS NULL
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'instanceId')) >= $instances
