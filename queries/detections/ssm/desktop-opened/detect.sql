-- title: "{principal} opened the desktop of a machine through AWS: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1021.001, T1021.007]
-- why: A screen of Windows, or of a streamed machine, without any way into the network that a firewall would see.
-- do: Ask the caller; look at what was done on the machine.
-- false_positives: Administrators of Windows.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-remote-desktop-connections.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'Target.InstanceId'), json_text(requestparameters, 'target'), json_text(requestparameters, 'fleetName')) AS machine
FROM cloudtrail
WHERE eventsource IN ('ssm-guiconnect.amazonaws.com', 'appstream.amazonaws.com')
  AND eventname IN ('StartConnection', 'CreateStreamingURL')
  AND errorcode IS NULL
  AND caller NOT IN ('aws_service', 'iac')
