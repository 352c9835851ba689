-- title: "{principal} lets no copy of the function {function} run"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1489, T1562]
-- why: Functions that watch, answer alarms or take accounts offline are silenced so, without being deleted.
-- do: Set the number again; look what the function was for.
-- false_positives: The emergency brake on a function that runs wild.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html]
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'of unknown name'), '^arn:.*:function:', '') AS function,
       CASE WHEN caller IN ('iac', 'workload') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('PutFunctionConcurrency20171031', 'PutFunctionConcurrency')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'reservedConcurrentExecutions') = '0'
