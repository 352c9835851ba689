-- title: Who came from an address
-- description: One row for each principal and access key that an address or a network was seen with.
-- params:
--   address: {type: address, about: An IP address or a network}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    recipientaccountid AS account,
    principal,
    useridentity.accesskeyid AS access_key,
    caller,
    agent,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE ip_in(sourceipaddress, ${address}) AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4, 5
ORDER BY calls DESC, first, principal, access_key
