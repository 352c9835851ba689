-- title: "{principal} {act} the record of what models are asked"
-- kind: match
-- severity: medium
-- topics: [346]
-- mitre: [T1562.008]
-- why: The record holds questions and answers. Without it nobody sees how models are abused, or at whose cost.
-- do: Put it back; look at the use of models since.
-- false_positives: Set-up.
-- references:
--   - https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DeleteModelInvocationLoggingConfiguration.html
SELECT CASE WHEN eventname LIKE 'Delete%' THEN 'stopped' ELSE 'changed' END AS act,
       json_text(requestparameters, 'loggingConfig') AS configuration,
       CASE WHEN eventname LIKE 'Delete%' AND caller <> 'iac' THEN 'high' WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('DeleteModelInvocationLoggingConfiguration', 'PutModelInvocationLoggingConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
