-- title: Calls that AWS services made on a principal's behalf
-- description: One row for each principal, service that called and action that it called with the principal's rights.
-- params:
--   principal: {type: text, default: "%", about: "The ARN of a user or role (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    useridentity.invokedby AS invoked_by,
    eventsource,
    eventname,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE useridentity.invokedby IS NOT NULL AND useridentity.type <> 'AWSService' AND principal LIKE ${principal}
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, principal, invoked_by, eventname
