-- title: "{principal} started AWS Config"
-- kind: match
-- severity: info
-- topics: [159]
-- mitre: [T1562.008]
-- why: Context. A start goes with a stop before it, or with a new account.
-- do: Nothing by itself.
-- false_positives: Set-up of accounts.
-- references: [https://docs.aws.amazon.com/config/latest/APIReference/API_StartConfigurationRecorder.html]
SELECT json_text(requestparameters, 'configurationRecorderName') AS name
FROM cloudtrail
WHERE eventsource = 'config.amazonaws.com'
  AND eventname = 'StartConfigurationRecorder'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
