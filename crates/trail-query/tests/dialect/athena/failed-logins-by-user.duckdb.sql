-- ordered
SELECT useridentity.username AS username, count(*) AS failures, max(eventtime) AS latest FROM t
WHERE eventname = 'ConsoleLogin' AND responseelements::VARCHAR LIKE '%"ConsoleLogin":"Failure"%' AND useridentity.username <> ''
GROUP BY 1 ORDER BY failures DESC, username
