-- title: Who used this access key
-- description: One row for each principal, address and user agent that an access key was used by. A key that was copied shows here as a second
--   address or a second tool.
-- params:
--   key: {type: text, about: "The access key's id (AKIA... or ASIA...)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    sourceipaddress AS address,
    agent,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    count(DISTINCT eventname) AS actions,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE useridentity.accesskeyid = ${key} AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY first, address, agent
