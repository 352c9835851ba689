-- title: Events of several accounts
-- description: One row for each event that CloudTrail delivered to several accounts - the caller's and the owner's of what was called - with
--   all of its copies. Only the caller's own copy knows who it was, so `principal` is that of the copy that tells most.
SELECT
    sharedeventid,
    eventsource,
    eventname,
    min(eventtime) AS eventtime,
    count(*) AS copies,
    max(useridentity.accountid) AS caller_account,
    max(CASE WHEN useridentity.arn IS NOT NULL THEN principal END) AS principal,
    array_agg(recipientaccountid ORDER BY recipientaccountid) AS accounts,
    array_agg(eventid ORDER BY recipientaccountid) AS eventids,
    bool_or(denied) AS denied
FROM cloudtrail
-- The begin and the end of an insight share an id, too, and are no copies.
WHERE sharedeventid IS NOT NULL AND coalesce(eventcategory, '') <> 'Insight'
GROUP BY sharedeventid, eventsource, eventname
