-- title: What was deleted
-- description: Each call that deletes, terminates, deregisters or empties something and succeeded, with what it asked for.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventsource,
    eventname,
    requestparameters AS request,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE regexp_like(eventname, '^(Batch)?(Delete|Terminate|Deregister|Purge|Remove|Destroy|Schedule.*Deletion|Empty|Release|CloseAccount)')
    AND errorcode IS NULL AND coalesce(eventcategory, '') <> 'Data' AND caller <> 'aws_service'
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
