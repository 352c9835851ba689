-- title: Policies that a user, role or group was given or lost
-- description: Each call that attached, wrote, detached or deleted a policy of one identity, or put a user into a group or took it out.
-- params:
--   name: {type: text, about: "The name of the user, role or group, without a path"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'policyArn'), json_text(requestparameters, 'policyName'), json_text(requestparameters, 'groupName')) AS what,
    json_text(requestparameters, 'policyDocument') AS document,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
    AND (regexp_like(eventname, '^(Attach|Put|Detach|Delete)(User|Role|Group)Policy$') OR eventname IN ('AddUserToGroup', 'RemoveUserFromGroup'))
    AND ${name} IN (json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'), json_text(requestparameters, 'groupName'))
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
