-- title: "{principal} ran scripts on many machines ({machines}) through Systems Manager"
-- kind: window
-- severity: medium
-- topics: [323]
-- mitre: [T1651, T1570]
-- why: The same script on machine after machine, or on all machines at once, is how an intruder takes a whole network.
-- do: Ask the owner what was run; look at the machines.
-- false_positives: Administration and patching of fleets; raise the threshold, or disable this for those who do it.
-- references:
--   - https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.execution.ssm-send-command/
-- window: 30m
-- every: 15m
-- threshold: {machines: 3}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       sum(machines) AS machines,
       array_agg(DISTINCT json_text(requestparameters, 'documentName')) AS documents,
       array_agg(eventid) AS event_ids
FROM (SELECT *, CASE WHEN json_text(requestparameters, 'targets') LIKE '%"InstanceIds","values":["*"%' OR json_text(requestparameters, 'targets') LIKE '%"values":["*"]%' THEN 1000
                     WHEN json_text(requestparameters, 'instanceIds') LIKE '["%' THEN (length(json_text(requestparameters, 'instanceIds')) - length(replace(json_text(requestparameters, 'instanceIds'), '","', ''))) / 3 + 1
                     ELSE 1 END AS machines
      FROM cloudtrail
      WHERE eventsource = 'ssm.amazonaws.com'
        AND eventname = 'SendCommand'
        AND errorcode IS NULL
        AND caller IN ('human', 'unknown')) AS sent
GROUP BY principal, recipientaccountid, _window
HAVING sum(machines) >= $machines
