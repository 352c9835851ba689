-- title: First and last use of every service
-- description: One row for each service and account, with who used it and in which regions. Days count whole.
-- params:
--   service: {type: text, default: "%", about: "The service's host, such as kms.amazonaws.com (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventsource,
    account,
    min(first) AS first,
    max(last) AS last,
    sum(count) AS calls,
    count(DISTINCT principal) AS principals,
    count(DISTINCT eventname) AS actions,
    array_sort(array_agg(DISTINCT region)) AS regions
FROM activity
WHERE eventsource LIKE ${service} AND last >= ${from} AND first < ${to}
GROUP BY eventsource, account
ORDER BY eventsource, account
