-- title: The trust policy of a role, version by version
-- description: Each call that set a role's trust policy, with the document. Denied tries are among them.
-- params:
--   role: {type: text, about: The role's name}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    account,
    principal,
    eventname,
    document,
    errorcode,
    sourceipaddress AS address,
    eventid
FROM trust_changes
WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateRole', 'UpdateAssumeRolePolicy') AND target = ${role}
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
