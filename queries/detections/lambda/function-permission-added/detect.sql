-- title: "{principal} let somebody call the function {function}"
-- kind: match
-- severity: info
-- topics: [306]
-- mitre: [T1098]
-- why: Every permission is a way to run the function and its role. Which ones reach outside is told by
--   function-permission-granted; this is the record of all.
-- do: Nothing by itself.
-- false_positives: Each event source and each API.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html]
-- group_by: [account, principal]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'of unknown name'), '^arn:.*:function:', '') AS function,
       json_text(requestparameters, 'principal') AS grantee,
       json_text(requestparameters, 'sourceArn') AS source
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('AddPermission20150331v2', 'AddPermission20150331', 'AddPermission')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
