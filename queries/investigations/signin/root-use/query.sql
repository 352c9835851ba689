-- title: What root did
-- description: Each event of a root user, in order, with whether it was root itself or a service on its behalf.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT eventtime, account, eventsource, eventname, direct, invoked_by, access_key, mfa, outcome, sourceipaddress AS address, eventid
FROM root_use
WHERE eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
