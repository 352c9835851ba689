-- title: "{principal} stopped, changed the start-up script of, and started {instances}"
-- kind: window
-- severity: critical
-- topics: [246]
-- mitre: [T1059, T1578]
-- why: "The three calls in a row are how code is put on a machine from outside: it runs as root at the start."
-- do: Isolate the instance; look at the script and at what the role of the instance did since.
-- false_positives: Rebuilds by hand.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.execution.ec2-user-data/
-- window: 2h
-- every: 1h
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       array_to_string(array_agg(DISTINCT json_text(requestparameters, 'instanceId')) FILTER (WHERE eventname = 'ModifyInstanceAttribute'), ', ') AS instances,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('StopInstances', 'ModifyInstanceAttribute', 'StartInstances')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'ModifyInstanceAttribute' OR json_text(requestparameters, 'userData') IS NOT NULL
       OR json_text(requestparameters, 'attribute') = 'userData')
GROUP BY principal, recipientaccountid, _window
HAVING min(CASE WHEN eventname = 'StopInstances' THEN eventtime END) <= max(CASE WHEN eventname = 'ModifyInstanceAttribute' THEN eventtime END)
   AND min(CASE WHEN eventname = 'ModifyInstanceAttribute' THEN eventtime END) <= max(CASE WHEN eventname = 'StartInstances' THEN eventtime END)
