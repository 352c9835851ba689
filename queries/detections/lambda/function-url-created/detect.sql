-- title: "{principal} gave the function {function} a URL"
-- kind: match
-- severity: low
-- topics: [307]
-- mitre: [T1133]
-- why: A URL is a door to the function beside all gateways and their logs. Those that ask for no identity have a detection of
--   their own.
-- do: Check that it was meant.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html]
SELECT coalesce(json_text(requestparameters, 'functionName'), 'of unknown name') AS function,
       json_text(requestparameters, 'authType') AS authentication,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('CreateFunctionUrlConfig', 'CreateFunctionUrlConfig20211031')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
