-- title: Events as they are now
-- description: All of `cloudtrail` but the events that a later one corrects. Detections read `cloudtrail`, so that nothing that claims to be
--   a correction hides an event from them.
SELECT *
FROM cloudtrail
WHERE NOT EXISTS (
    SELECT 1
    FROM superseded AS later
    WHERE later.eventid = cloudtrail.eventid AND later.account = cloudtrail.recipientaccountid
)
