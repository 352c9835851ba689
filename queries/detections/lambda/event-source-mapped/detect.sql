-- title: "{principal} feeds the function {function} with events of {source}"
-- kind: match
-- severity: low
-- topics: [312]
-- mitre: [T1546, T1098]
-- why: From now on the events of a queue, table or stream call the function - a way to read the data, or to have code run
--   again and again.
-- do: Check that function and source belong together.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html]
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'of unknown name'), '^arn:.*:function:', '') AS function,
       coalesce(json_text(requestparameters, 'eventSourceArn'), 'a source of its own') AS source,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('CreateEventSourceMapping20150331', 'CreateEventSourceMapping')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
