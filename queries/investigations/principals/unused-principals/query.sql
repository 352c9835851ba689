-- title: Principals without a use since
-- description: Users and roles that were seen, and last before a time. Service-linked roles and AWS's services are left out, since nobody can take
--   them away.
-- params:
--   since: {type: timestamp, about: Who was seen at or after this time is left out}
SELECT
    principal,
    account,
    max(last) AS last_use,
    sum(count) AS calls,
    count(DISTINCT eventsource || eventname) AS actions
FROM activity
WHERE principal LIKE 'arn:%' AND principal NOT LIKE '%:role/aws-service-role/%' AND principal NOT LIKE '%:role/aws-reserved/%'
GROUP BY principal, account
HAVING max(last) < ${since}
ORDER BY last_use, principal
