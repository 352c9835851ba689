-- title: "{principal}, an IAM user, may not read {event}"
-- kind: match
-- severity: info
-- topics: [136]
-- mitre: [T1526, T1580]
-- why: Each denied List, Describe or Get of a user's key is a question that its owner would not have to ask.
-- do: Nothing alone; enumeration says when there were many.
-- false_positives: Users with narrow rights at the console.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
SELECT errormessage AS message
FROM cloudtrail
WHERE denied
  AND eventsource IN ('dynamodb.amazonaws.com', 'ec2.amazonaws.com', 'iam.amazonaws.com', 's3.amazonaws.com', 'rds.amazonaws.com',
                      'lambda.amazonaws.com', 'secretsmanager.amazonaws.com', 'ssm.amazonaws.com', 'kms.amazonaws.com', 'organizations.amazonaws.com',
                      'cloudtrail.amazonaws.com', 'guardduty.amazonaws.com', 'ecr.amazonaws.com', 'ecs.amazonaws.com', 'eks.amazonaws.com')
  AND useridentity.type = 'IAMUser'
  AND (useragent IS NULL OR (useragent NOT LIKE 'aws-internal/%' AND useragent NOT LIKE '[aws-internal/%'))
  AND (ip_in(sourceipaddress, '0.0.0.0/0') OR ip_in(sourceipaddress, '::/0'))
  AND (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%')
  AND caller <> 'aws_service'
