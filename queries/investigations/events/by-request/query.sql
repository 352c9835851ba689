-- title: The events of a request or an event id
-- description: All of an event by its eventID, its requestID or the id that copies share. Services that act on a request keep its id at times.
-- params:
--   id: {type: text, about: "An eventID, requestID or sharedEventID"}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    useridentity.arn AS identity,
    useridentity.accesskeyid AS access_key,
    useridentity.invokedby AS invoked_by,
    eventsource,
    eventname,
    errorcode,
    errormessage,
    sourceipaddress AS address,
    useragent,
    requestparameters AS request,
    responseelements AS response,
    eventid,
    requestid,
    sharedeventid,
    _object AS object
FROM cloudtrail
WHERE eventid = ${id} OR requestid = ${id} OR sharedeventid = ${id}
ORDER BY eventtime, eventid
