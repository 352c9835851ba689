-- title: "{principal} replaced the code of {function}"
-- kind: match
-- severity: medium
-- topics: [313]
-- mitre: [T1525, T1648]
-- why: "New code runs with the role of the function: a way to that role, and a back door that survives. Users, people of
--   Identity Center and federated users do it by hand; roles of pipelines have a detection of their own."
-- do: Check that the change was meant and went through the pipeline.
-- false_positives: Developers in test accounts; pipelines that have an IAM user.
-- references:
--   - https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.persistence.lambda-overwrite-code/
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'a function'), '^arn:.*:function:', '') AS function,
       json_text(requestparameters, 's3Bucket') AS code_from,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('UpdateFunctionCode20150331v2', 'UpdateFunctionCode20150331', 'UpdateFunctionCode')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (coalesce(useridentity.type, '') <> 'AssumedRole' OR useridentity.arn LIKE '%:assumed-role/AWSReservedSSO_%'
       OR useridentity.sessioncontext.sessionissuer.arn LIKE '%:role/aws-reserved/sso.amazonaws.com/%')
  AND (lower(json_text(requestparameters, 'dryRun')) IS DISTINCT FROM 'true')
