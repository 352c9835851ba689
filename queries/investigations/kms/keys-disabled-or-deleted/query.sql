-- title: Keys that were disabled or are to be deleted
-- description: With its key, everything that it encrypted is lost. Deletion waits at least seven days and can be cancelled until then.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'keyId'), json_text(responseelements, 'keyId')) AS key,
    json_text(requestparameters, 'pendingWindowInDays') AS days,
    json_text(responseelements, 'deletionDate') AS deletion,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
    AND eventname IN ('ScheduleKeyDeletion', 'CancelKeyDeletion', 'DisableKey', 'EnableKey', 'DeleteImportedKeyMaterial', 'DeleteAlias', 'DisableKeyRotation', 'DeleteKey')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
