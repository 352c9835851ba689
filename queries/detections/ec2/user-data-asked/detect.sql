-- title: "{principal} asked for the start-up script of {instance}"
-- kind: match
-- severity: info
-- topics: [248]
-- mitre: [T1552.005, T1580]
-- why: Context. Start-up scripts hold passwords and keys; those of many instances have a detection of their own.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: Administrators; inventory tools.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceAttribute.html]
SELECT coalesce(json_text(requestparameters, 'instanceId'), 'an instance') AS instance,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'DescribeInstanceAttribute'
  AND json_text(requestparameters, 'attribute') = 'userData'
  AND caller <> 'aws_service'
