-- title: "{principal} set the layers of {function} to {layers}"
-- kind: match
-- severity: medium
-- topics: [309, 310]
-- mitre: [T1525]
-- why: A layer or extension is code that runs inside the function, with its role, whatever its own code says. Users, people of
--   Identity Center and federated users set them by hand; roles of pipelines have a detection of their own.
-- do: Check that the layers are yours, first of all those of other accounts.
-- false_positives: Monitoring agents; any other change by hand of a function that has layers already.
-- references:
--   - https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.persistence.lambda-layer-extension/
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'a function'), '^arn:.*:function:', '') AS function,
       coalesce(json_text(requestparameters, 'layers'), json_text(responseelements, 'layers')) AS layers,
       CASE WHEN caller = 'iac' THEN 'info' WHEN json_text(requestparameters, 'layers') LIKE '["%' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('UpdateFunctionConfiguration20150331v2', 'UpdateFunctionConfiguration20150331',
                    'UpdateFunctionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (coalesce(useridentity.type, '') <> 'AssumedRole' OR useridentity.arn LIKE '%:assumed-role/AWSReservedSSO_%'
       OR useridentity.sessioncontext.sessionissuer.arn LIKE '%:role/aws-reserved/sso.amazonaws.com/%')
  AND (json_text(requestparameters, 'layers') LIKE '["%'
       OR (json_text(requestparameters, 'layers') IS NULL AND json_text(responseelements, 'layers') LIKE '[{%'))
