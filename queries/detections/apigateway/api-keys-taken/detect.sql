-- title: "{principal} made or read keys of APIs: {event}"
-- kind: match
-- severity: low
-- topics: [384]
-- mitre: [T1098.001, T1552]
-- why: A key of an API works without AWS credentials and from anywhere.
-- do: Delete keys that nobody knows.
-- false_positives: Keys for customers.
-- references: [https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'apiId'), json_text(requestparameters, 'apiKey')) AS key,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('apigateway.amazonaws.com', 'appsync.amazonaws.com')
  AND eventname IN ('CreateApiKey', 'GetApiKey', 'GetApiKeys', 'ImportApiKeys')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname LIKE 'Create%' OR eventname LIKE 'Import%' OR lower(coalesce(json_text(requestparameters, 'includeValues'), json_text(requestparameters, 'includeValue'))) = 'true')
