-- title: Functions whose code, settings or doors changed
-- description: Each call that made, changed or deleted a Lambda function, its layers, its URL or who may call it.
-- params:
--   function: {type: text, default: "%", about: "The function's name or ARN (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventname,
    json_text(requestparameters, 'functionName') AS function,
    json_text(requestparameters, 'role') AS role,
    coalesce(json_text(requestparameters, 'principal'), json_text(requestparameters, 'authType')) AS opened_to,
    json_text(responseelements, 'codeSha256') AS code_sha256,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
    AND regexp_like(eventname, '^(Create|Update|Delete|Publish|Put|Add|Remove|Tag)')
    AND coalesce(json_text(requestparameters, 'functionName'), '') LIKE ${function}
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
