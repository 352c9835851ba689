-- title: What a principal did, call by call
-- description: Every event of a user or role in order. Sessions of a role stand under the role; `session` tells them apart.
-- params:
--   principal: {type: text, about: The ARN of a user or role}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    eventsource,
    eventname,
    CASE WHEN denied THEN 'denied' WHEN errorcode IS NOT NULL THEN errorcode ELSE 'ok' END AS outcome,
    coalesce(resources[1].arn, json_text(requestparameters, 'roleName'), json_text(requestparameters, 'userName'),
        json_text(requestparameters, 'bucketName'), json_text(requestparameters, 'instanceId')) AS target,
    sourceipaddress AS address,
    arn_part(useridentity.arn, 'session') AS session,
    useridentity.accesskeyid AS access_key,
    eventid
FROM cloudtrail
WHERE principal = ${principal} AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
