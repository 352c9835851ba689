-- title: Denied calls
-- order: 4
-- note: Calls that were refused for want of permission. AWS's own services are among them; they come last.
-- empty: No call was denied in this period.
SELECT
    principal,
    account,
    array_sort(array_agg(DISTINCT caller)) AS callers,
    eventsource AS service,
    sum(count) AS denied,
    count(DISTINCT eventname) AS actions,
    array_sort(array_agg(DISTINCT eventname)) AS action_names,
    array_sort(array_agg(DISTINCT network) FILTER (WHERE network IS NOT NULL)) AS networks,
    min(first) AS first_denied,
    max(last) AS last_denied
FROM activity
WHERE outcome = 'denied'
GROUP BY principal, account, eventsource
ORDER BY bool_and(caller = 'aws_service'), denied DESC, principal, service, account
