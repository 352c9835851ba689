SELECT eventname, useridentity.invokedby, eventtime
FROM cloudtrail_logs
WHERE from_iso8601_timestamp(eventtime) > timestamp '2024-03-03 12:00:00' - interval '2' day
  AND from_iso8601_timestamp(eventtime) <= date_add('hour', -12, timestamp '2024-03-03 12:00:00')
  AND useridentity.type = 'AWSService'
ORDER BY eventtime
