-- title: What changed in IAM
-- description: Every call that changed IAM and succeeded, in order - users, roles, groups, policies, keys, providers - with what it was about.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'), json_text(requestparameters, 'groupName'),
        json_text(requestparameters, 'policyName'), json_text(requestparameters, 'policyArn'), json_text(requestparameters, 'instanceProfileName'),
        json_text(requestparameters, 'name'), json_text(requestparameters, 'url')) AS target,
    coalesce(json_text(requestparameters, 'policyArn'), json_text(requestparameters, 'policyName'), json_text(requestparameters, 'groupName'),
        json_text(responseelements, 'accessKey.accessKeyId'), json_text(requestparameters, 'accessKeyId')) AS what,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com' AND errorcode IS NULL AND readonly IS NOT TRUE
    AND NOT regexp_like(eventname, '^(Get|List|Generate|Simulate)') AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
