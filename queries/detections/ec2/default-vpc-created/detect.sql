-- title: "{principal} made a default network in {where}"
-- kind: match
-- severity: low
-- topics: [217]
-- mitre: [T1578, T1496.001]
-- why: Where somebody deleted the default network on purpose, a new one is the first step to machines that nobody asked for.
-- do: Ask the owner; look at what was started in that region.
-- false_positives: Tests.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultVpc.html]
SELECT coalesce(awsregion, 'a region') AS where,
       json_text(responseelements, 'vpc.vpcId') AS vpc
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateDefaultVpc', 'CreateDefaultSubnet')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
