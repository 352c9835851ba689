-- title: "{principal} asked for the Windows passwords of {instances} machines, {denials} denied"
-- kind: window
-- severity: high
-- topics: [249]
-- mitre: [T1552.005, T1555]
-- why: One machine at a time is administration; many in minutes is collecting passwords, refused or not.
-- do: Ask the owner. If not known, disable the credentials and change the passwords that were read.
-- false_positives: Inventory of Windows machines.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetPasswordData.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.credential-access.ec2-get-password-data/
-- window: 10m
-- every: 5m
-- threshold: {instances: 5}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'instanceId')) AS instances,
       count(*) FILTER (WHERE denied) AS denials,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'GetPasswordData'
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'instanceId')) >= $instances
