-- title: The versions of a managed policy
-- description: Each call that wrote, chose or deleted a version of a managed policy, with the document.
-- params:
--   policy: {type: text, about: "The policy's ARN"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    principal,
    eventname,
    coalesce(json_text(responseelements, 'policyVersion.versionId'), json_text(requestparameters, 'versionId'),
        json_text(responseelements, 'policy.defaultVersionId')) AS version,
    json_text(requestparameters, 'setAsDefault') AS set_as_default,
    json_text(requestparameters, 'policyDocument') AS document,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
    AND eventname IN ('CreatePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion', 'DeletePolicyVersion', 'DeletePolicy')
    AND coalesce(json_text(requestparameters, 'policyArn'), json_text(responseelements, 'policy.arn')) = ${policy}
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
