-- title: Console sign-ins
-- description: One row per attempt to sign in to the AWS console, whoever it was and however it ended.
SELECT
    eventtime,
    recipientaccountid AS account,
    useridentity.type AS identity_type,
    principal,
    useridentity.username AS username,
    json_extract_scalar(responseelements, '$.ConsoleLogin') AS result,
    errormessage,
    json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'Yes' AS mfa,
    json_extract_scalar(additionaleventdata, '$.LoginTo') AS login_to,
    sourceipaddress,
    network,
    useragent,
    awsregion,
    eventid
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com' AND eventname = 'ConsoleLogin'
