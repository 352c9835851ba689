-- title: Trust and resource policy changes
-- order: 8
-- note: Calls that change who may assume a role or reach a resource, and what the new policy grants.
-- hide: [change, source]
-- empty: No change of trust appears in the logs of this period.
WITH granted AS (
    SELECT event_id, account, array_agg(one.sentence) AS sentences
    FROM (SELECT eventid AS event_id, account, unnest(policy_grants(document, account)) AS one FROM trust_changes)
    GROUP BY event_id, account
)
SELECT
    t.eventtime AS at,
    t.account,
    t.principal,
    t.eventname AS event,
    t.target,
    CASE WHEN t.denied THEN 'denied' WHEN t.errorcode IS NOT NULL THEN 'error' ELSE 'ok' END AS outcome,
    coalesce(g.sentences, CASE WHEN t.change IS NOT NULL THEN [t.change] END) AS grants,
    t.change,
    t.sourceipaddress AS source,
    t.eventid AS event_id
FROM trust_changes t
LEFT JOIN granted g ON t.eventid = g.event_id AND t.account = g.account
ORDER BY t.eventtime, t.eventid
