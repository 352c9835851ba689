SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 900) * 900) AS quarter_start, count(*) AS n
FROM cloudtrail_logs
WHERE account = '111122223333' AND day = '01' AND month = '03'
GROUP BY 1
HAVING count(*) > 1
ORDER BY 1
