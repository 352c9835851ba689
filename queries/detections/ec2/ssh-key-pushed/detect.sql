-- title: "{principal} pushed an SSH key to {instance} ({road})"
-- kind: match
-- severity: medium
-- topics: [253]
-- mitre: [T1021.004]
-- why: With EC2 Instance Connect whoever may call it logs in to the machine with a key of its own.
-- do: Ask the owner what they did there.
-- false_positives: Administrators who work this way every day.
-- references:
--   - https://docs.aws.amazon.com/ec2-instance-connect/latest/APIReference/API_SendSSHPublicKey.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.lateral-movement.ec2-instance-connect/
-- group_by: [account, principal, instance]
SELECT json_text(requestparameters, 'instanceId') AS instance,
       CASE eventname WHEN 'SendSSHPublicKey' THEN 'Instance Connect' ELSE 'serial console' END AS road,
       CASE eventname WHEN 'SendSSHPublicKey' THEN 'low' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2-instance-connect.amazonaws.com'
  AND eventname IN ('SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
