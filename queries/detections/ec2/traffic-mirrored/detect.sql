-- title: "{principal} set up a copy of network traffic: {event}"
-- kind: match
-- severity: medium
-- topics: [218]
-- mitre: [T1040, T1020.001]
-- why: Traffic mirroring copies all packets of a machine to another one, passwords in clear traffic among them. The machines
--   themselves notice nothing. A try that fails tells as much.
-- do: Ask the owner; delete the session and look at the target.
-- false_positives: Network monitoring; its set-up is known to those who run it.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorFilter.html]
SELECT coalesce(json_text(requestparameters, 'CreateTrafficMirrorSessionRequest.NetworkInterfaceId'),
                json_text(requestparameters, 'CreateTrafficMirrorTargetRequest.NetworkInterfaceId'),
                json_text(requestparameters, 'ModifyTrafficMirrorSessionRequest.TrafficMirrorSessionId')) AS target,
       CASE WHEN caller = 'iac' OR eventname LIKE 'Delete%' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateTrafficMirrorFilter', 'CreateTrafficMirrorFilterRule', 'CreateTrafficMirrorSession',
                    'CreateTrafficMirrorTarget', 'ModifyTrafficMirrorFilterNetworkServices',
                    'ModifyTrafficMirrorFilterRule', 'ModifyTrafficMirrorSession', 'DeleteTrafficMirrorFilter',
                    'DeleteTrafficMirrorFilterRule', 'DeleteTrafficMirrorSession', 'DeleteTrafficMirrorTarget')
  AND caller <> 'aws_service'
