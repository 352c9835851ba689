-- title: Roles that were passed to services
-- description: CloudTrail has no event of iam:PassRole. It is read from calls that hand a role or an instance profile to a service, one row for each
--   principal, action and role.
-- params:
--   role: {type: text, default: "%", about: "The ARN or name of a role or instance profile (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    recipientaccountid AS account,
    eventsource,
    eventname,
    role,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM (
    SELECT
        principal, recipientaccountid, eventsource, eventname, denied, eventtime,
        coalesce(
            regexp_match(requestparameters, '"(arn:aws[a-z-]*:iam::[0-9]{12}:(role|instance-profile)/[^"]+)"')[1],
            json_text(requestparameters, 'iamInstanceProfile.name')
        ) AS role
    FROM cloudtrail
    WHERE eventsource NOT IN ('iam.amazonaws.com', 'sts.amazonaws.com') AND readonly IS NOT TRUE AND useridentity.invokedby IS NULL
        AND regexp_like(eventname, '^(Create|Run|Start|Update|Put|Register|Associate|Replace|Request|Submit|Modify)')
        AND (strpos(requestparameters, ':iam::') > 0 OR strpos(requestparameters, 'iamInstanceProfile') > 0)
        AND eventtime >= ${from} AND eventtime < ${to}
)
WHERE role LIKE ${role}
GROUP BY 1, 2, 3, 4, 5
ORDER BY first, principal, eventname, role
