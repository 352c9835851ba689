-- title: Who calls most
-- description: The principals and actions with the most calls. They are what logging costs, and often a loop that nobody knows of. Days count whole.
-- params:
--   most: {type: number, default: 50, about: How many rows}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    account,
    eventsource,
    eventname,
    sum(count) AS calls,
    count(DISTINCT day) AS days,
    CAST(round(100.0 * sum(count) / sum(sum(count)) OVER (), 1) AS DOUBLE) AS percent
FROM activity
WHERE last >= ${from} AND first < ${to}
GROUP BY principal, account, eventsource, eventname
ORDER BY calls DESC, principal, eventname
LIMIT ${most}
