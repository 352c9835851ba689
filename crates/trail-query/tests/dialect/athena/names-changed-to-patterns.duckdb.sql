-- ordered
SELECT regexp_replace(eventname, '([a-z])([A-Z])', '\1-\2', 'g') AS dashed,
       regexp_extract(eventname, '^(Create|Delete|Update|Put|Attach|Add)', 1) AS verb, count(*) AS n
FROM t WHERE regexp_matches(eventname, '(User|Role|Policy)') AND errorcode IS NULL AND eventsource = 'iam.amazonaws.com'
GROUP BY 1, 2 ORDER BY verb, dashed
