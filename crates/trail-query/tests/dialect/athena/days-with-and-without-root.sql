SELECT d.day_, count(c.eventid) AS root_events
FROM UNNEST(sequence(date '2024-02-27', date '2024-03-03', interval '1' day)) AS d(day_)
LEFT JOIN cloudtrail_logs c
  ON CAST(from_iso8601_timestamp(c.eventtime) AS date) = d.day_ AND c.useridentity.type = 'Root'
GROUP BY d.day_
ORDER BY d.day_
