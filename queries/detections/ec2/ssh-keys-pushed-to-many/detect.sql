-- title: "{principal} pushed SSH keys to {instances} machines"
-- kind: window
-- severity: high
-- topics: [253]
-- mitre: [T1021.004]
-- why: One machine at a time is administration; one after the other is somebody who moves through the network.
-- do: Ask the owner; look at what was done on the machines.
-- false_positives: Scripts that administer many machines this way.
-- references: [https://docs.aws.amazon.com/ec2-instance-connect/latest/APIReference/API_SendSSHPublicKey.html]
-- window: 30m
-- every: 15m
-- threshold: {instances: 3}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'instanceId')) AS instances,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN count(DISTINCT json_text(requestparameters, 'instanceId')) >= 5 THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2-instance-connect.amazonaws.com'
  AND eventname IN ('SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey')
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'instanceId')) >= $instances
