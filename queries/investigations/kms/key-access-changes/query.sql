-- title: Keys whose access changed
-- description: Key policies that were set and grants that were made or taken back. A grant lets its grantee use the key without any policy.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'keyId'), resources[1].arn) AS key,
    coalesce(json_text(requestparameters, 'granteePrincipal'), json_text(requestparameters, 'granteeServicePrincipal')) AS grantee,
    json_text(requestparameters, 'operations') AS operations,
    json_text(requestparameters, 'policy') AS policy,
    useridentity.invokedby AS invoked_by,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com' AND eventname IN ('PutKeyPolicy', 'CreateGrant', 'RevokeGrant', 'RetireGrant')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
