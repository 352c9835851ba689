-- title: Calls that a VPC endpoint's policy denied
-- description: One row for each endpoint, caller and action that its policy turned away.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    vpcendpointid AS endpoint,
    recipientaccountid AS account,
    coalesce(principal, useridentity.accountid) AS caller,
    useridentity.accountid AS caller_account,
    eventsource,
    eventname,
    count(*) AS denied,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE (errorcode = 'VpceAccessDenied' OR (denied AND errormessage LIKE '%VPC endpoint policy%'))
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY denied DESC, endpoint, caller, eventname
