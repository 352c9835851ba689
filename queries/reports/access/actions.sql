-- title: Actions
-- order: 3
-- page: false
SELECT
    principal,
    account,
    eventsource AS service,
    eventname AS event,
    iam_action(eventsource, eventname) AS iam_action,
    coalesce(sum(count) FILTER (WHERE outcome = 'ok'), 0) AS succeeded,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied,
    coalesce(sum(count) FILTER (WHERE outcome = 'error'), 0) AS failed,
    min(first) AS first_use,
    max(last) AS last_use
FROM activity
WHERE principal IS NOT NULL
GROUP BY principal, account, eventsource, eventname
ORDER BY principal, account, service, event
