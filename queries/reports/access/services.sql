-- title: Services and actions used
-- order: 2
-- note: What each principal called, service by service. Every single action is in actions.csv.
-- empty: No calls in this period.
SELECT
    principal,
    account,
    eventsource AS service,
    sum(count) AS events,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied,
    count(DISTINCT eventname) AS actions,
    array_sort(array_agg(DISTINCT eventname)) AS action_names,
    min(first) AS first_use,
    max(last) AS last_use
FROM activity
WHERE principal IS NOT NULL
GROUP BY principal, account, eventsource
ORDER BY events DESC, principal, account, service
