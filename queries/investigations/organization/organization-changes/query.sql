-- title: What changed in the organization
-- description: Accounts that joined, left or moved, units, delegated administrators, services that were let in, and root's own switches.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventsource,
    eventname,
    coalesce(json_text(requestparameters, 'accountId'), json_text(requestparameters, 'target.id'), json_text(requestparameters, 'targetId'),
        json_text(requestparameters, 'policyId'), json_text(requestparameters, 'handshakeId'), json_text(requestparameters, 'name')) AS target,
    coalesce(json_text(requestparameters, 'servicePrincipal'), json_text(requestparameters, 'destinationParentId')) AS what,
    errorcode,
    eventid
FROM cloudtrail
WHERE ((eventsource = 'organizations.amazonaws.com' AND NOT regexp_like(eventname, '^(Describe|List|Get)'))
        OR (eventsource = 'iam.amazonaws.com' AND regexp_like(eventname, '^(Enable|Disable)OrganizationsRoot'))
        OR (eventsource = 'account.amazonaws.com' AND NOT regexp_like(eventname, '^(Get|List)')))
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
