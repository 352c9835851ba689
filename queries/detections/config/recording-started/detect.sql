-- title: "{principal} started AWS Config"
-- kind: match
-- severity: info
-- topics: [159]
-- why: Context. A start goes with a stop before it, or with a new account.
-- do: Nothing by itself.
-- false_positives: Set-up of accounts.
SELECT json_text(requestparameters, 'configurationRecorderName') AS name
FROM cloudtrail
WHERE eventsource = 'config.amazonaws.com'
  AND eventname = 'StartConfigurationRecorder'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
