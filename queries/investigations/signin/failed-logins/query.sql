-- title: Failed sign-ins by address
-- description: Addresses with failed console sign-ins, and how many users each tried. Names of users that there are not are hidden by AWS.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    sourceipaddress AS address,
    account,
    count(*) AS failures,
    count(DISTINCT coalesce(username, principal)) AS users,
    array_sort(array_agg(DISTINCT coalesce(username, principal))) AS names,
    array_sort(array_agg(DISTINCT errormessage)) AS reasons,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM console_logins
WHERE result = 'Failure' AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY sourceipaddress, account
ORDER BY users DESC, failures DESC, address
