-- title: Service control policies that changed
-- description: Each call that wrote, attached or detached a policy of the organization, with its document where the call has one.
-- params:
--   policy: {type: text, default: "%", about: "The policy's id (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'policyId'), json_text(responseelements, 'policy.policySummary.id')) AS policy,
    coalesce(json_text(requestparameters, 'name'), json_text(responseelements, 'policy.policySummary.name')) AS name,
    coalesce(json_text(requestparameters, 'type'), json_text(requestparameters, 'policyType'), json_text(responseelements, 'policy.policySummary.type')) AS type,
    coalesce(json_text(requestparameters, 'targetId'), json_text(requestparameters, 'rootId')) AS target,
    json_text(requestparameters, 'content') AS document,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
    AND eventname IN ('CreatePolicy', 'UpdatePolicy', 'DeletePolicy', 'AttachPolicy', 'DetachPolicy', 'EnablePolicyType', 'DisablePolicyType')
    AND coalesce(json_text(requestparameters, 'policyId'), json_text(responseelements, 'policy.policySummary.id'), '') LIKE ${policy}
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
