-- title: Access Analyzer's findings that were archived, and analyzers that changed
-- description: Whoever archives findings or deletes an analyzer hides what is open to the outside.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'analyzerName'), json_text(requestparameters, 'analyzerArn')) AS analyzer,
    coalesce(json_text(requestparameters, 'ruleName'), json_text(requestparameters, 'status')) AS what,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'access-analyzer.amazonaws.com' AND regexp_like(eventname, '^(Create|Update|Delete|Apply)')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
