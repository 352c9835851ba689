-- title: "{principal} opened shells on {machines} machines within half an hour"
-- kind: window
-- severity: medium
-- topics: [325]
-- mitre: [T1021.007, T1651]
-- why: One machine after the other is somebody who looks around or moves on.
-- do: Ask the owner; look at what was done on the machines.
-- false_positives: Administrators at work on a fleet; raise the threshold.
-- references:
--   - https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.execution.ssm-start-session/
-- window: 30m
-- every: 15m
-- threshold: {machines: 3}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'target')) AS machines,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname = 'StartSession'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'target')) >= $machines
