-- title: "{principal} asked for the Windows password of {instance}"
-- kind: match
-- severity: medium
-- topics: [249]
-- mitre: [T1552.005]
-- why: With the key pair at hand this is the administrator's password of the machine.
-- do: Ask the owner.
-- false_positives: Windows administrators.
SELECT json_text(requestparameters, 'instanceId') AS instance
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'GetPasswordData'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
