-- title: Superseded events
-- description: One row for each event that CloudTrail corrected later (`addendum` with the reason UPDATED_DATA), with the id of the event
--   that takes its place. Both are in `cloudtrail`, each under its own id.
SELECT
    recipientaccountid AS account,
    addendum.originaleventid AS eventid,
    eventid AS superseded_by,
    addendum.updatedfields AS updated_fields,
    eventtime,
    _ingested AS ingested
FROM cloudtrail
WHERE addendum.reason = 'UPDATED_DATA' AND addendum.originaleventid <> eventid
