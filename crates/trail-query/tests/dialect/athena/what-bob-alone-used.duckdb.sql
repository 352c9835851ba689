SELECT DISTINCT eventname FROM t WHERE useridentity.username = 'bob'
  AND eventname NOT IN (SELECT eventname FROM t WHERE useridentity.type = 'IAMUser' AND useridentity.username <> 'bob')
