-- title: Root use
-- order: 7
-- note: Everything that root users did. Reads are put together by service; each of them is in actions.csv. Direct use is what CIS
--   counts; the rest was done by a service on root's behalf.
-- empty: No event of a root user appears in the logs of this period.
WITH shown AS (
    SELECT *, CASE WHEN readonly THEN '' ELSE eventname END AS what
    FROM root_use
)
SELECT
    account,
    eventsource AS service,
    array_sort(array_agg(DISTINCT eventname)) AS action_names,
    what = '' AS reads,
    outcome,
    direct,
    mfa,
    count(*) AS events,
    array_sort(array_agg(DISTINCT network) FILTER (WHERE network IS NOT NULL)) AS networks,
    min(eventtime) AS first_use,
    max(eventtime) AS last_use
FROM shown
GROUP BY account, eventsource, what, outcome, direct, mfa
ORDER BY reads, direct DESC, events DESC, service, what, outcome, account, mfa
