-- title: Identity providers that changed
-- description: SAML and OpenID Connect providers, and roots of trust for certificates, that were made, changed or deleted. Who controls one may sign in as
--   any role that trusts it.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventsource,
    eventname,
    coalesce(json_text(requestparameters, 'url'), json_text(requestparameters, 'name'), json_text(requestparameters, 'sAMLProviderArn'),
        json_text(requestparameters, 'openIDConnectProviderArn'), json_text(requestparameters, 'trustAnchorId')) AS provider,
    errorcode,
    eventid
FROM cloudtrail
WHERE ((eventsource = 'iam.amazonaws.com' AND regexp_like(eventname, '(SAMLProvider|OpenIDConnectProvider)') AND NOT regexp_like(eventname, '^(Get|List)'))
        OR (eventsource = 'rolesanywhere.amazonaws.com' AND regexp_like(eventname, '^(Create|Update|Delete|Enable|Disable)(TrustAnchor|Profile)$')))
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
