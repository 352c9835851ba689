-- title: Who used this action
-- description: One row for each principal and account that called an action, with first use and last. Days count whole.
-- params:
--   action: {type: text, about: "The name of the event, such as AssumeRole"}
--   service: {type: text, default: "%", about: "The service's host, such as sts.amazonaws.com (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    account,
    eventsource,
    sum(count) AS calls,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied,
    min(first) AS first,
    max(last) AS last
FROM activity
WHERE eventname = ${action} AND eventsource LIKE ${service} AND last >= ${from} AND first < ${to}
GROUP BY principal, account, eventsource
ORDER BY first, principal, eventsource
