-- ordered
SELECT useridentity.sessioncontext.sessionissuer.username AS role,
       max(date_sub('hour', strptime(useridentity.sessioncontext.attributes.creationdate, '%Y-%m-%dT%H:%M:%SZ'), eventtime)) AS oldest_hours
FROM t WHERE useridentity.type = 'AssumedRole' GROUP BY 1 ORDER BY 2 DESC, 1
