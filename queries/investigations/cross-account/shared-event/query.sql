-- title: All copies of a shared event
-- description: An event that CloudTrail delivered to several accounts, by the id that its copies share. Only the caller's copy tells who it was.
-- params:
--   id: {type: text, about: "The sharedEventID"}
SELECT
    recipientaccountid AS account,
    eventtime,
    eventsource,
    eventname,
    useridentity.type AS identity_type,
    useridentity.accountid AS caller_account,
    principal,
    errorcode,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE sharedeventid = ${id}
ORDER BY useridentity.arn IS NULL, account, eventid
