-- title: Tags that changed
-- description: Calls that set or took away tags. Where rights depend on tags, whoever may tag may give rights.
-- params:
--   tag: {type: text, default: "", about: "Only where this key or value is named; nothing for all"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventsource,
    eventname,
    coalesce(json_text(requestparameters, 'resourcesSet.items'), json_text(requestparameters, 'resourceARNList'), json_text(requestparameters, 'resourceArn'),
        json_text(requestparameters, 'roleName'), json_text(requestparameters, 'userName'), json_text(requestparameters, 'bucketName'),
        json_text(requestparameters, 'resource')) AS target,
    coalesce(json_text(requestparameters, 'tagSet.items'), json_text(requestparameters, 'tags'), json_text(requestparameters, 'tagKeys'),
        json_text(requestparameters, 'Tagging')) AS tags,
    errorcode,
    eventid
FROM cloudtrail
WHERE regexp_like(eventname, '(^(Create|Delete)Tags|^(Tag|Untag)|Tagging$)') AND NOT regexp_like(eventname, '^(Get|List|Describe)')
    AND (${tag} = '' OR strpos(requestparameters, ${tag}) > 0) AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
