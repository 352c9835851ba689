-- title: What an address touched
-- description: One row for each principal, service and action that an address or a network called. Give `203.0.113.9` or `203.0.113.0/24`.
-- params:
--   address: {type: address, about: An IP address or a network}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    recipientaccountid AS account,
    principal,
    eventsource,
    eventname,
    count(*) AS calls,
    count(*) FILTER (WHERE errorcode IS NULL) AS succeeded,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE ip_in(sourceipaddress, ${address}) AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4
ORDER BY first, principal, eventsource, eventname
