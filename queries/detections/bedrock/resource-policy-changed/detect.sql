-- title: "{principal} {act} the policy of a Bedrock resource: {resource}"
-- kind: match
-- severity: medium
-- topics: [357, 358]
-- mitre: [T1098]
-- why: The policy of a model, guardrail or agent says which accounts use it. A new one is a door, for use at your cost or for
--   taking the model.
-- do: Read the policy; check that the accounts are known.
-- false_positives: Sharing of models within the organization.
-- references: [https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html]
-- group_by: [account, principal, resource]
SELECT coalesce(json_text(requestparameters, 'resourceArn'), 'of unknown name') AS resource,
       CASE WHEN denied THEN 'was refused to change' ELSE 'changed' END AS act,
       json_text(requestparameters, 'resourcePolicy') AS policy,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('bedrock.amazonaws.com', 'bedrock-agentcore.amazonaws.com')
  AND eventname IN ('PutResourcePolicy', 'DeleteResourcePolicy')
  AND (errorcode IS NULL OR denied)
  AND caller <> 'aws_service'
