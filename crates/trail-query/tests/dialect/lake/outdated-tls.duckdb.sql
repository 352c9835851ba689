-- ordered
SELECT eventsource, tlsdetails.tlsversion AS tlsversion, count(*) AS outdatedcalls FROM t
WHERE eventtime >= TIMESTAMP '2024-02-28' AND eventtime < TIMESTAMP '2024-03-03'
  AND replace(tlsdetails.tlsversion, 'TLSv', '')::DOUBLE <= 1.1
GROUP BY 1, 2 ORDER BY outdatedcalls DESC, tlsversion
