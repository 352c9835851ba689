-- title: The life of an access key
-- description: Who created, changed and deleted an access key, in order. Uses of the key are not among them.
-- params:
--   key: {type: text, about: "The access key's id (AKIA...)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    eventname,
    coalesce(json_text(requestparameters, 'userName'), json_text(responseelements, 'accessKey.userName')) AS owner,
    json_text(requestparameters, 'status') AS status,
    principal,
    sourceipaddress AS address,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
    AND eventname IN ('CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey')
    AND coalesce(json_text(responseelements, 'accessKey.accessKeyId'), json_text(requestparameters, 'accessKeyId')) = ${key}
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
