-- title: "{principal} changed or deleted the guardrail {guardrail}: {event}"
-- kind: match
-- severity: medium
-- topics: [344, 345]
-- mitre: [T1562.001]
-- why: Guardrails keep models from giving out what they must not. Without them, or with weaker ones, they do.
-- do: Compare it with what it should be and put it back.
-- false_positives: Work on the guardrail; deployments.
-- references: [https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DeleteGuardrail.html]
-- group_by: [account, principal, guardrail]
SELECT coalesce(json_text(requestparameters, 'guardrailIdentifier'), json_text(requestparameters, 'name'), 'of unknown name') AS guardrail,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'DeleteGuardrail' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('DeleteGuardrail', 'UpdateGuardrail', 'DeleteEnforcedGuardrailConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
