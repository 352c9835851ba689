-- title: "Policy of {resource}: {change}"
-- kind: match
-- severity: medium
-- topics: [305, 306, 311]
-- mitre: [T1098, T1648]
-- why: A permission lets somebody call the function, and through it use its role. Backdoors are left this way.
-- do: Check that the caller is known and meant; add aws:SourceArn or aws:SourceAccount for services.
-- false_positives: Events of buckets, queues and APIs of your own account.
-- references:
--   - https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.persistence.lambda-backdoor-function/
-- group_by: [account, resource]
-- enrich: trust
SELECT concat('lambda ', regexp_replace(coalesce(json_text(requestparameters, 'functionName'), json_text(requestparameters, 'layerName'), 'of unknown name'), '^arn:.*:(function|layer):', '')) AS resource,
       coalesce(json_text(responseelements, 'statement'),
                CASE WHEN json_text(requestparameters, 'principal') IS NOT NULL
                     THEN concat('{"Sid":"', coalesce(json_text(requestparameters, 'statementId'), ''), '","Effect":"Allow","Principal":',
                                 CASE WHEN json_text(requestparameters, 'principal') = '*' THEN '"*"'
                                      WHEN json_text(requestparameters, 'principal') LIKE '%.amazonaws.com' THEN concat('{"Service":"', json_text(requestparameters, 'principal'), '"}')
                                      ELSE concat('{"AWS":"', json_text(requestparameters, 'principal'), '"}') END,
                                 ',"Action":"', coalesce(json_text(requestparameters, 'action'), 'lambda:InvokeFunction'), '","Resource":"*"',
                                 CASE WHEN json_text(requestparameters, 'principalOrgID') IS NOT NULL THEN concat(',"Condition":{"StringEquals":{"aws:PrincipalOrgID":"', json_text(requestparameters, 'principalOrgID'), '"}}')
                                      WHEN json_text(requestparameters, 'organizationId') IS NOT NULL THEN concat(',"Condition":{"StringEquals":{"aws:PrincipalOrgID":"', json_text(requestparameters, 'organizationId'), '"}}')
                                      WHEN json_text(requestparameters, 'sourceAccount') IS NOT NULL THEN concat(',"Condition":{"StringEquals":{"aws:SourceAccount":"', json_text(requestparameters, 'sourceAccount'), '"}}')
                                      WHEN json_text(requestparameters, 'sourceArn') IS NOT NULL THEN concat(',"Condition":{"ArnLike":{"aws:SourceArn":"', json_text(requestparameters, 'sourceArn'), '"}}')
                                      ELSE '' END, '}') END) AS statement
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('AddPermission20150331v2', 'AddPermission20150331', 'AddPermission', 'AddLayerVersionPermission20181031', 'AddLayerVersionPermission')
  AND errorcode IS NULL
