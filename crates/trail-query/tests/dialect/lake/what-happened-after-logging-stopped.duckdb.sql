-- ordered
SELECT eventtime, eventname, date_sub('second', TIMESTAMP '2024-03-01 07:45:00', eventtime) AS secondsafter FROM t
WHERE eventtime > (SELECT min(eventtime) FROM t WHERE eventname = 'StopLogging') AND eventtime < (SELECT max(eventtime) FROM t WHERE eventname = 'StartLogging')
  AND recipientaccountid = '111122223333' ORDER BY eventtime, eventid
