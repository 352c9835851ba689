SELECT useridentity.username AS username, count(*) AS failures, max(eventtime) AS latest
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin' AND responseelements LIKE '%"ConsoleLogin":"Failure"%' AND useridentity.username <> ''
GROUP BY useridentity.username
ORDER BY failures DESC, username
