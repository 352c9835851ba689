-- ordered
SELECT useridentity.sessioncontext.sessionissuer.username AS role,
       max(date_sub('day', strptime(useridentity.sessioncontext.attributes.creationdate, '%Y-%m-%dT%H:%M:%SZ'), eventtime)) AS days, count(*) AS calls
FROM t WHERE eventtime >= TIMESTAMP '2024-03-02' AND managementevent
  AND date_sub('hour', strptime(useridentity.sessioncontext.attributes.creationdate, '%Y-%m-%dT%H:%M:%SZ'), eventtime) >= 100
GROUP BY 1 ORDER BY calls DESC, role
