-- title: "{principal} ran code in the interpreter {interpreter}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1059, T1078.004]
-- why: Code in a custom interpreter runs with its role. Who may start a session there gets the role's rights without
--   being allowed to pass it.
-- do: Check that the principal is the agent it should be; compare the interpreter's role with the principal's rights.
-- false_positives: Agents at work.
-- references: [https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-tool.html]
-- group_by: [account, principal, interpreter]
SELECT coalesce(json_text(requestparameters, 'codeInterpreterIdentifier'), 'of unknown name') AS interpreter,
       CASE WHEN caller = 'workload' THEN 'info' WHEN caller = 'iac' THEN 'info'
            WHEN eventname = 'InvokeCodeInterpreter' AND sessioncredentialfromconsole IS NULL THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('bedrock-agentcore.amazonaws.com', 'bedrock-agentcore-control.amazonaws.com')
  AND eventname IN ('StartCodeInterpreterSession', 'InvokeCodeInterpreter')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND coalesce(json_text(requestparameters, 'codeInterpreterIdentifier'), '') NOT LIKE 'aws.%'
