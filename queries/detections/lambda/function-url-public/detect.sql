-- title: "{principal} opened the function {function} to the internet"
-- kind: match
-- severity: high
-- topics: [308]
-- mitre: [T1133]
-- why: A function URL without authentication lets everybody call the function.
-- do: Set AuthType to AWS_IAM, or put the function behind something that checks callers.
-- false_positives: Public webhooks.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html]
SELECT coalesce(json_text(requestparameters, 'functionName'), 'of unknown name') AS function,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('CreateFunctionUrlConfig', 'UpdateFunctionUrlConfig', 'CreateFunctionUrlConfig20211031', 'UpdateFunctionUrlConfig20211031')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND upper(json_text(requestparameters, 'authType')) = 'NONE'
