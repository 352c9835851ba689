-- title: Actions
-- order: 3
-- page: false
SELECT
    principal,
    account,
    eventsource AS service,
    eventname AS event,
    iam_action(eventsource, eventname) AS iam_action,
    sum(count) FILTER (WHERE outcome = 'ok') AS succeeded,
    sum(count) FILTER (WHERE outcome = 'denied') AS denied,
    sum(count) FILTER (WHERE outcome = 'error') AS failed,
    min(first) AS first_use,
    max(last) AS last_use
FROM activity
WHERE principal IS NOT NULL
GROUP BY principal, account, eventsource, eventname
ORDER BY principal, account, service, event
