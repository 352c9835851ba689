SELECT from_iso8601_timestamp(eventtime) AS at, eventname, sourceipaddress
FROM cloudtrail_logs
WHERE from_iso8601_timestamp(eventtime) BETWEEN timestamp '2024-03-01 07:00:00' AND timestamp '2024-03-01 08:00:00'
  AND account = '111122223333' AND eventname <> 'GetObject'
ORDER BY at, eventname
