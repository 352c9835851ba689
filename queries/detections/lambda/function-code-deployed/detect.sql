-- title: "The role {principal} replaced the code of {function}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1525, T1648]
-- why: Context. Roles of pipelines and of machines do this every day; with stolen credentials it is a back door.
-- do: Check the roles that are not those of a pipeline.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html]
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'a function'), '^arn:.*:function:', '') AS function,
       CASE WHEN caller = 'human' OR regexp_like(useridentity.arn, '/i-[0-9a-f]{8,17}$') THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('UpdateFunctionCode20150331v2', 'UpdateFunctionCode20150331', 'UpdateFunctionCode')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND useridentity.type = 'AssumedRole'
  AND useridentity.arn NOT LIKE '%:assumed-role/AWSReservedSSO_%'
  AND (lower(json_text(requestparameters, 'dryRun')) IS DISTINCT FROM 'true')
