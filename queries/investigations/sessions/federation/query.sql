-- title: Keys from GetFederationToken and GetSessionToken
-- description: Temporary keys that long-lived credentials made of themselves. They outlive the key that made them when that is deleted.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    principal,
    useridentity.accesskeyid AS caller_key,
    eventname,
    json_text(requestparameters, 'name') AS name,
    json_text(requestparameters, 'durationSeconds') AS seconds,
    json_text(requestparameters, 'policy') AS policy,
    json_text(responseelements, 'credentials.accessKeyId') AS issued_key,
    sourceipaddress AS address,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com' AND eventname IN ('GetFederationToken', 'GetSessionToken')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
