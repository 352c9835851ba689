-- title: "{principal} took guards off stacks, or put foreign code into them: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1195.002, T1562]
-- why: Types and hooks run with the rights of the stacks that use them. Protection against deletion and policies of stacks
--   go before the stacks do.
-- do: Compare types with those you know; set the protection again.
-- false_positives: Clean-up before a stack is deleted.
-- references: [https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ActivateType.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'stackName'), json_text(requestparameters, 'typeName'), json_text(requestparameters, 'publicTypeArn')) AS target,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname IN ('UpdateTerminationProtection', 'SetStackPolicy') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudformation.amazonaws.com'
  AND eventname IN ('ActivateType', 'RegisterType', 'PublishType', 'DeactivateType', 'UpdateTerminationProtection',
                    'SetStackPolicy')
  AND errorcode IS NULL
  AND (caller <> 'aws_service' AND useridentity.type IS NOT NULL)
  AND (eventname <> 'UpdateTerminationProtection' OR lower(json_text(requestparameters, 'enableTerminationProtection')) = 'false')
