/* Which days of the week
   people work with objects. */
SELECT day_of_week(eventTime) AS weekday, count(*) AS eventCount
FROM $EDS_ID
WHERE eventTime >= '2024-02-27 00:00:00' AND eventTime < '2024-03-04 00:00:00'
  AND eventCategory = 'Data'
GROUP BY day_of_week(eventTime)
ORDER BY day_of_week(eventTime)
