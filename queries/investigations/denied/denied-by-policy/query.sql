-- title: Which kind of policy denied
-- description: Denied calls with the right that was missing and the kind of policy that denied it, as AWS's message tells. Where the message tells
--   nothing, both are NULL.
-- params:
--   principal: {type: text, default: "%", about: "The ARN of a user or role (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    regexp_match(errormessage, 'is not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)')[1] AS iam_action,
    regexp_match(errormessage, '(identity-based policy|resource-based policy|permissions boundary|session policy|service control policy|resource control policy|VPC endpoint policy|role trust policy)')[1] AS policy,
    regexp_like(errormessage, 'explicit deny') AS explicit,
    count(*) AS denied,
    array_sort(array_agg(DISTINCT principal)) AS who,
    max(eventtime) AS last
FROM cloudtrail
WHERE denied AND coalesce(principal, '') LIKE ${principal} AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY denied DESC, iam_action, policy
