-- title: Resource shares that changed
-- description: What was shared with whom through Resource Access Manager, and taken back.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'resourceShareArn')) AS share,
    json_text(requestparameters, 'principals') AS shared_with,
    json_text(requestparameters, 'resourceArns') AS resources,
    coalesce(json_text(requestparameters, 'allowExternalPrincipals'), json_text(responseelements, 'resourceShare.allowExternalPrincipals')) AS allows_outsiders,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'ram.amazonaws.com' AND regexp_like(eventname, '^(Create|Update|Delete|Associate|Disassociate|Accept|Reject|Enable|Promote)')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
