-- ordered
SELECT eventname, eventtime, coalesce((requestparameters->>'name'), (requestparameters->>'trailName')) AS trail
FROM t WHERE eventname IN ('StopLogging', 'StartLogging', 'PutEventSelectors') ORDER BY eventtime DESC
