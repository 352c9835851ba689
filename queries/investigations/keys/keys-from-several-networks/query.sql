-- title: Long-lived keys used from several networks
-- description: Access keys that came from at least so many networks (/24 of IPv4, /48 of IPv6), the widest first. A key of one machine has one.
--   Days count whole.
-- params:
--   networks: {type: number, default: 2, about: The least number of networks}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    accesskeyid AS access_key,
    account,
    principal,
    count(DISTINCT network) AS networks,
    array_sort(array_agg(DISTINCT network)) AS seen,
    sum(count) AS calls,
    min(first) AS first,
    max(last) AS last
FROM activity
WHERE accesskeyid IS NOT NULL AND last >= ${from} AND first < ${to}
GROUP BY accesskeyid, account, principal
HAVING count(DISTINCT network) >= ${networks}
ORDER BY networks DESC, access_key
