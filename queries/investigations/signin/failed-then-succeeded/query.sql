-- title: Failed sign-ins before a successful one
-- description: Successful sign-ins that came within so many minutes after failures of the same user, with how many failed and from where.
-- params:
--   minutes: {type: number, default: 60, about: How long before the success a failure counts}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
WITH logins AS (
    SELECT eventtime, account, coalesce(username, principal) AS who, result, sourceipaddress AS address, mfa, eventid
    FROM console_logins
    WHERE eventtime >= ${from} AND eventtime < ${to}
)
SELECT
    ok.eventtime AS succeeded,
    ok.account,
    ok.who,
    ok.address,
    ok.mfa,
    count(*) AS failures,
    min(failed.eventtime) AS first_failure,
    array_sort(array_agg(DISTINCT failed.address)) AS failed_from,
    ok.eventid
FROM logins AS ok
JOIN logins AS failed ON failed.account = ok.account AND failed.who = ok.who
WHERE ok.result = 'Success' AND failed.result = 'Failure' AND failed.eventtime <= ok.eventtime
    AND date_part('epoch', ok.eventtime) - date_part('epoch', failed.eventtime) <= ${minutes} * 60
GROUP BY ok.eventtime, ok.account, ok.who, ok.address, ok.mfa, ok.eventid
ORDER BY succeeded, ok.eventid
