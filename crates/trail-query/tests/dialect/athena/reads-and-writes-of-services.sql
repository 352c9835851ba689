-- The same column asked for as a boolean.
SELECT eventsource, count(*) FILTER (WHERE readonly = true) AS reads, count(*) FILTER (WHERE readonly = false) AS writes
FROM "AwsDataCatalog"."default"."cloudtrail_logs"
GROUP BY eventsource
HAVING count(*) FILTER (WHERE readonly = false) >= 5
ORDER BY writes DESC, eventsource
