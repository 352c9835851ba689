-- title: Clients with old TLS
-- description: One row for each principal and agent that spoke TLS 1.0 or 1.1, and to which service.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    agent,
    sourceipaddress AS address,
    eventsource,
    tlsdetails.tlsversion AS tls,
    count(*) AS calls,
    max(tlsdetails.ciphersuite) AS cipher,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE tlsdetails.tlsversion IN ('TLSv1', 'TLSv1.0', 'TLSv1.1', 'SSLv3') AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4, 5
ORDER BY calls DESC, principal, eventsource
