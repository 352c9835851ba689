-- ordered
SELECT eventtime AS "at", date_sub('hour', eventtime, TIMESTAMP '2024-03-03') AS hours_before
FROM t WHERE eventname IN ('StopLogging', 'StartLogging', 'PutEventSelectors') ORDER BY 1
