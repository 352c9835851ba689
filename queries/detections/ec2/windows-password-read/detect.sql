-- title: "{principal} asked for the Windows password of {instance}"
-- kind: match
-- severity: medium
-- topics: [249]
-- mitre: [T1552.005]
-- why: With the key pair at hand this is the administrator's password of the machine. A try that is refused tells that
--   somebody wants it.
-- do: Ask the owner.
-- false_positives: Windows administrators.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetPasswordData.html]
SELECT coalesce(json_text(requestparameters, 'instanceId'), 'an instance') AS instance,
       denied AS refused,
       CASE WHEN errorcode IS NULL THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'GetPasswordData'
  AND caller <> 'aws_service'
