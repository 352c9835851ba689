-- title: User data that was read
-- description: Who asked for the user data of instances and launch templates, which often holds passwords.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    recipientaccountid AS account,
    sourceipaddress AS address,
    eventname,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    array_sort(array_agg(DISTINCT coalesce(json_text(requestparameters, 'instanceId'),
        json_text(requestparameters, 'DescribeLaunchTemplateVersionsRequest.LaunchTemplateId')))) AS targets,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
    AND ((eventname = 'DescribeInstanceAttribute' AND json_text(requestparameters, 'attribute') = 'userData')
        OR eventname IN ('GetLaunchTemplateData', 'DescribeLaunchTemplateVersions'))
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, principal, eventname
