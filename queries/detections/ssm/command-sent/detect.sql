-- title: "{principal} ran {document} on machines through Systems Manager"
-- kind: match
-- severity: low
-- topics: [321, 322]
-- mitre: [T1651]
-- why: SendCommand runs scripts as root on every machine with the agent, without a way in through the network.
-- do: Ask the owner what was run; the output is in the history of the command.
-- false_positives: Administration and patching; programs that do it are workloads and only noted.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html]
-- group_by: [account, principal, document]
SELECT coalesce(json_text(requestparameters, 'documentName'), 'a document') AS document,
       coalesce(json_text(requestparameters, 'instanceIds'), json_text(requestparameters, 'targets')) AS machines,
       json_text(requestparameters, 'parameters') AS parameters,
       CASE WHEN regexp_like(lower(json_text(requestparameters, 'parameters')), '(curl|wget|invoke-webrequest|downloadstring)[^;]*\|\s*(ba)?sh|base64\s+(-d|--decode)|/dev/tcp/|\bnc\s+-e|frombase64string|-enc(odedcommand)?\s|169\.254\.169\.254|xmrig|stratum\+|mimikatz') THEN 'high'
            WHEN caller IN ('iac', 'workload') THEN 'info'
            WHEN regexp_like(json_text(requestparameters, 'documentName'), '(RunShellScript|RunPowerShellScript|RunRemoteScript|RunSaltState|ApplyAnsiblePlaybooks|RunDocument)$') THEN 'medium'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('SendCommand', 'StartAutomationExecution')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
