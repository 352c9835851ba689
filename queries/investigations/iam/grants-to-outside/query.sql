-- title: Grants to other accounts, to everybody and to identity providers
-- description: Each grant to an outsider that a trust or resource policy was given, one row a grant and call. The account that owns the resource is the one
--   that recorded the call; what it granted before is not compared.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    account,
    principal,
    eventname,
    target,
    given.effect,
    given.principal AS grantee,
    given.principal_kind AS grantee_kind,
    given.class,
    given.severity,
    given.actions,
    eventid
FROM (
    SELECT eventtime, account, principal, eventname, target, eventid, unnest(policy_grants(document, account)) AS given
    FROM trust_changes
    WHERE document IS NOT NULL AND errorcode IS NULL AND eventtime >= ${from} AND eventtime < ${to}
)
WHERE given.effect = 'Allow'
    AND given.class IN ('federated', 'limited', 'external_principal', 'external_account', 'external_organization', 'unknown', 'public')
ORDER BY eventtime, eventid, grantee
