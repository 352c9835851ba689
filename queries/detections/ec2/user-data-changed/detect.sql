-- title: "{principal} changed the start-up script of {instance}"
-- kind: match
-- severity: high
-- topics: [245]
-- mitre: [T1059, T1578]
-- why: "The script runs as root when the instance starts next: code on the machine, with its role."
-- do: Look at the script and at who restarted the instance.
-- false_positives: Rebuilds by hand.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html]
-- group_by: [account, principal, instance]
SELECT coalesce(json_text(requestparameters, 'instanceId'), 'of unknown name') AS instance,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'ModifyInstanceAttribute'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'userData') IS NOT NULL OR json_text(requestparameters, 'attribute') = 'userData')
