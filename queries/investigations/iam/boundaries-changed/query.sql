-- title: Permissions boundaries that were set or taken away
-- description: A boundary limits what other policies give. Without it, all of them count.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'), json_text(requestparameters, 'permissionSetArn')) AS target,
    coalesce(json_text(requestparameters, 'permissionsBoundary'), json_text(requestparameters, 'permissionsBoundary.managedPolicyArn')) AS boundary,
    eventname LIKE 'Delete%' AS removed,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource IN ('iam.amazonaws.com', 'sso.amazonaws.com') AND eventname LIKE '%PermissionsBoundary%' AND eventname NOT LIKE 'Get%'
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
