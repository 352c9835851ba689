-- title: What a principal changed
-- description: Calls of a principal that were not for reading and that succeeded, with what they asked for.
-- params:
--   principal: {type: text, about: The ARN of a user or role}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    eventsource,
    eventname,
    requestparameters AS request,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE principal = ${principal} AND readonly IS NOT TRUE AND errorcode IS NULL AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
