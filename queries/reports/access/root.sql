-- title: Root use
-- order: 7
-- note: Everything that root users did, by what it was. `direct` is what CIS counts; the rest was done by a service on root's behalf.
-- empty: No event of a root user appears in the logs of this period.
SELECT
    account,
    eventsource AS service,
    eventname AS event,
    direct,
    mfa,
    outcome,
    count(*) AS events,
    array_sort(array_agg(DISTINCT network) FILTER (WHERE network IS NOT NULL)) AS networks,
    min(eventtime) AS first_use,
    max(eventtime) AS last_use
FROM root_use
GROUP BY account, eventsource, eventname, direct, mfa, outcome
ORDER BY coalesce(bool_or(readonly), false), direct DESC, events DESC, service, event, outcome
