-- title: Who touched this resource
-- description: Every event that names an ARN, an id or a name among its resources, in what it asked for or in what it got back.
-- params:
--   resource: {type: text, about: "An ARN, an id or a name"}
--   events: {type: text, default: a, about: "`a` for all events, `w` for changes alone"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventsource,
    eventname,
    readonly,
    errorcode,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE (strpos(requestparameters, ${resource}) > 0 OR strpos(responseelements, ${resource}) > 0
        OR strpos(array_to_string(array_transform(resources, r -> coalesce(r.arn, r.arnprefix)), ' '), ${resource}) > 0)
    AND (${events} <> 'w' OR readonly IS NOT TRUE) AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
