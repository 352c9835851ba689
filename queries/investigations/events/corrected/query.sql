-- title: Events that CloudTrail corrected or delivered late
-- description: Events with an addendum, with its reason and what it changed. A corrected event stands beside its correction.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    addendum.reason AS reason,
    addendum.updatedfields AS updated_fields,
    addendum.originaleventid AS original,
    eventsource,
    eventname,
    principal,
    eventid
FROM cloudtrail
WHERE addendum.reason IS NOT NULL AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid
