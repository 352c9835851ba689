-- title: "{principal} replaced the code of {function}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1525, T1648]
-- why: "New code runs with the role of the function: a way to that role, and a back door that survives."
-- do: Check that the change came through the pipeline.
-- false_positives: Deployments, by pipelines that have an IAM user too; by hand is what to look at.
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), ''), '^arn:.*:function:', '') AS function,
       CASE WHEN caller = 'iac' THEN 'info' WHEN useridentity.type = 'IAMUser' OR caller = 'human' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('UpdateFunctionCode20150331v2', 'UpdateFunctionCode')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'dryRun') IS DISTINCT FROM 'true')
