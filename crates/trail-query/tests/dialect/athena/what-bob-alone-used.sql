SELECT DISTINCT eventname
FROM cloudtrail_logs
WHERE useridentity.username = 'bob'
  AND eventname NOT IN (SELECT eventname FROM cloudtrail_logs
                        WHERE useridentity.type = 'IAMUser' AND useridentity.username <> 'bob')
