-- title: First and last use of every action of a service
-- description: One row for each action of a service, with who used it last. Days count whole.
-- params:
--   service: {type: text, about: "The service's host, such as kms.amazonaws.com"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventname,
    min(first) AS first,
    max(last) AS last,
    sum(count) AS calls,
    count(DISTINCT principal) AS principals,
    first_value(principal ORDER BY last DESC) AS last_principal
FROM activity
WHERE eventsource = ${service} AND last >= ${from} AND first < ${to}
GROUP BY eventname
ORDER BY eventname
