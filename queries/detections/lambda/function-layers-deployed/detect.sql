-- title: "The role {principal} set the layers of {function} to {layers}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1525]
-- why: Context. Roles of pipelines do this every day; a layer of another account is somebody else's code with your role.
-- do: Check layers of accounts that you do not know.
-- false_positives: Deployments and monitoring agents, whose layers come from their vendor's account.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html]
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'a function'), '^arn:.*:function:', '') AS function,
       json_text(requestparameters, 'layers') AS layers,
       CASE WHEN caller <> 'iac' AND regexp_like(replace(json_text(requestparameters, 'layers'), coalesce(recipientaccountid, '-'), ''), ':lambda:[^:]*:[0-9]{12}:layer:') THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('UpdateFunctionConfiguration20150331v2', 'UpdateFunctionConfiguration20150331',
                    'UpdateFunctionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND useridentity.type = 'AssumedRole'
  AND useridentity.arn NOT LIKE '%:assumed-role/AWSReservedSSO_%'
  AND json_text(requestparameters, 'layers') LIKE '["%'
