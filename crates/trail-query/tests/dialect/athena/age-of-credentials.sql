SELECT useridentity.sessioncontext.sessionissuer.username AS role,
       max(date_diff('hour', from_iso8601_timestamp(useridentity.sessioncontext.attributes.creationdate), from_iso8601_timestamp(eventtime))) AS oldest_hours
FROM cloudtrail_logs
WHERE useridentity.type = 'AssumedRole' AND useridentity.sessioncontext.attributes.creationdate IS NOT NULL
GROUP BY 1
ORDER BY 2 DESC, 1
