SELECT regexp_replace(eventname, '([a-z])([A-Z])', '$1-$2') AS dashed,
       regexp_extract(eventname, '^(Create|Delete|Update|Put|Attach|Add)', 1) AS verb,
       count(*) AS n
FROM cloudtrail_logs
WHERE regexp_like(eventname, '(User|Role|Policy)') AND errorcode IS NULL AND eventsource = 'iam.amazonaws.com'
GROUP BY 1, 2
ORDER BY verb, dashed
