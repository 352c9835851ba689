-- title: Principals
-- order: 1
-- note: Everybody who appears in the logs of the period, roles and not their sessions. MFA is told only for users and root; a role's
--   session was authenticated elsewhere.
-- hide: [days_active]
-- empty: No principal appears in the logs of this period.
SELECT
    a.principal,
    a.account,
    array_sort(array_agg(DISTINCT a.caller)) AS callers,
    sum(a.count) AS events,
    coalesce(sum(a.count) FILTER (WHERE a.outcome = 'denied'), 0) AS denied,
    count(DISTINCT a.eventsource) AS services,
    count(DISTINCT a.eventsource || ':' || a.eventname) AS actions,
    count(DISTINCT a.day) AS days_active,
    min(a.first) AS first_use,
    max(a.last) AS last_use,
    array_sort(array_agg(DISTINCT a.region) FILTER (WHERE a.region IS NOT NULL)) AS regions,
    count(DISTINCT a.network) AS networks,
    max(m.mfa) AS mfa
FROM activity a
LEFT JOIN mfa m ON a.principal = m.principal AND a.account IS NOT DISTINCT FROM m.account
WHERE a.principal IS NOT NULL
GROUP BY a.principal, a.account
ORDER BY events DESC, a.principal, a.account
