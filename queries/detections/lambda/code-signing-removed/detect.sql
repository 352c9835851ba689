-- title: "{principal} lets functions run code that nobody signed: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562, T1553]
-- why: Signing keeps foreign code out of functions. Without it whoever may update a function puts in what he likes.
-- do: Put it back; compare the code of the functions.
-- false_positives: A change of the pipeline.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'functionName'), json_text(requestparameters, 'codeSigningConfigArn')) AS target,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('DeleteFunctionCodeSigningConfig', 'DeleteFunctionCodeSigningConfig20200630', 'DeleteCodeSigningConfig',
                    'DeleteCodeSigningConfig20200422', 'UpdateCodeSigningConfig', 'UpdateCodeSigningConfig20200422')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname LIKE 'Delete%' OR requestparameters LIKE '%"Warn"%')
