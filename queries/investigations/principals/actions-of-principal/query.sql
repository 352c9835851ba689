-- title: What a principal uses
-- description: One row for each service and action that a principal called, with first use and last and how the calls ended. It is the base of a
--   policy with fewer rights. Days count whole.
-- params:
--   principal: {type: text, about: The ARN of a user or role}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventsource,
    eventname,
    iam_action(eventsource, eventname) AS iam_action,
    sum(count) AS calls,
    coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied,
    min(first) AS first,
    max(last) AS last
FROM activity
WHERE principal = ${principal} AND last >= ${from} AND first < ${to}
GROUP BY eventsource, eventname
ORDER BY eventsource, eventname
