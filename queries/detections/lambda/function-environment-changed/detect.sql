-- title: "{principal} changed the environment or the handler of the function {function}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1648, T1574]
-- why: Variables such as the wrapper of the runtime load other code into the function, and others hold addresses and
--   passwords. CloudTrail hides the values.
-- do: Compare the variables with what the pipeline sets.
-- false_positives: Developers.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html]
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'of unknown name'), '^arn:.*:function:', '') AS function,
       json_text(requestparameters, 'handler') AS handler,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('UpdateFunctionConfiguration20150331v2', 'UpdateFunctionConfiguration20150331',
                    'UpdateFunctionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'environment') IS NOT NULL OR json_text(requestparameters, 'handler') IS NOT NULL)
