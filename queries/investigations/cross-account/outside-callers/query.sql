-- title: Callers from other accounts
-- description: Calls in an account by identities that belong to another. The owner's copy of such a call knows the caller's account, seldom who it was;
--   `shared-event` finds the caller's copy.
-- params:
--   account: {type: text, default: "%", about: "Calls in this account (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    useridentity.accountid AS caller_account,
    recipientaccountid AS account,
    coalesce(principal, useridentity.principalid) AS caller,
    eventsource,
    eventname,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE useridentity.accountid <> recipientaccountid AND recipientaccountid LIKE ${account}
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4, 5
ORDER BY calls DESC, caller_account, eventname, caller
