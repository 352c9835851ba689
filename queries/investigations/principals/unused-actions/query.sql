-- title: Actions that a principal has stopped using
-- description: What a principal called successfully before a time and not since. Rights for it can go.
-- params:
--   principal: {type: text, about: The ARN of a user or role}
--   since: {type: timestamp, about: What was called at or after this time is left out}
SELECT
    iam_action(eventsource, eventname) AS iam_action,
    max(last) AS last_use,
    sum(count) AS calls
FROM activity
WHERE principal = ${principal} AND outcome = 'ok'
GROUP BY iam_action(eventsource, eventname)
HAVING max(last) < ${since}
ORDER BY last_use, iam_action
