-- title: "{principal} lets an API be called without authorization: {event}"
-- kind: match
-- severity: medium
-- topics: [393]
-- mitre: [T1556, T1190]
-- why: What stands behind the API answers anybody.
-- do: Put the authorizer back; look at calls since.
-- false_positives: Public parts of an API.
-- references: [https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethod.html]
-- group_by: [account, principal, api]
SELECT coalesce(json_text(requestparameters, 'restApiId'), json_text(requestparameters, 'apiId'), 'of unknown name') AS api,
       CASE WHEN caller IN ('iac', 'workload') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('apigateway.amazonaws.com', 'appsync.amazonaws.com')
  AND eventname IN ('UpdateMethod', 'PutMethod', 'UpdateRoute', 'DeleteAuthorizer', 'UpdateGraphqlApi')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname = 'DeleteAuthorizer' OR json_text(requestparameters, 'authorizationType') = 'NONE'
       OR regexp_like(json_text(requestparameters, 'patchOperations'), '/authorizationType","value":"NONE"|"value":"NONE",[^}]*/authorizationType')
       OR (eventname = 'UpdateGraphqlApi' AND json_text(requestparameters, 'authenticationType') = 'API_KEY'))
