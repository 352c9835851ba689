-- title: Who could have created this
-- description: Every call that creates something and names this - as an ARN, an id or a name, in what it asked for or got back - with how it ended.
-- params:
--   name: {type: text, about: "A name, an id or an ARN, such as i-0123 or my-role"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventsource,
    eventname,
    errorcode,
    sourceipaddress AS address,
    useridentity.invokedby AS invoked_by,
    eventid
FROM cloudtrail
WHERE regexp_like(eventname, '^(Create|Run|Register|Allocate|Import|Copy|Launch|Request|Put|Upload|Add)')
    AND eventtime >= ${from} AND eventtime < ${to}
    AND (strpos(requestparameters, ${name}) > 0 OR strpos(responseelements, ${name}) > 0)
ORDER BY eventtime, eventid
