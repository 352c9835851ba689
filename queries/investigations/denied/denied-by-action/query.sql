-- title: Denied calls by action
-- description: Actions that were denied, with who was denied them. Days count whole.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventsource,
    eventname,
    sum(count) AS denied,
    count(DISTINCT principal) AS principals,
    array_sort(array_agg(DISTINCT principal)) AS who,
    max(last) AS last
FROM activity
WHERE outcome = 'denied' AND last >= ${from} AND first < ${to}
GROUP BY eventsource, eventname
ORDER BY denied DESC, eventsource, eventname
