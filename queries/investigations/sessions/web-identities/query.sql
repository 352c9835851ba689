-- title: Roles assumed by OpenID Connect and SAML
-- description: One row for each identity provider, subject and role. Of a pipeline, the subject names its repository and branch.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventname,
    coalesce(useridentity.identityprovider, useridentity.principalid) AS provider,
    useridentity.username AS subject,
    json_text(requestparameters, 'roleArn') AS role_arn,
    count(*) FILTER (WHERE errorcode IS NULL) AS succeeded,
    count(*) FILTER (WHERE errorcode IS NOT NULL) AS failed,
    min(eventtime) AS first,
    max(eventtime) AS last,
    array_sort(array_agg(DISTINCT sourceipaddress)) AS addresses
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com' AND eventname IN ('AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML')
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4
ORDER BY first, provider, subject, role_arn
