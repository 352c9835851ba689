-- title: "{principal} opened the function {function} to the internet"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1133]
-- why: A function URL without authentication lets everybody call the function.
-- do: Set AuthType to AWS_IAM, or put the function behind something that checks callers.
-- false_positives: Public webhooks.
SELECT json_text(requestparameters, 'functionName') AS function
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('CreateFunctionUrlConfig', 'UpdateFunctionUrlConfig')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'authType') = 'NONE'
