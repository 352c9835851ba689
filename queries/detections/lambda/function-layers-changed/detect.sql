-- title: "{principal} set the layers of {function} to {layers}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1525]
-- why: A layer or extension is code that runs inside the function, with its role, whatever its own code says.
-- do: Check that the layers are yours, first of all those of other accounts.
-- false_positives: Deployments and monitoring agents.
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), ''), '^arn:.*:function:', '') AS function,
       json_text(requestparameters, 'layers') AS layers,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('UpdateFunctionConfiguration20150331v2', 'UpdateFunctionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'layers') LIKE '["%'
