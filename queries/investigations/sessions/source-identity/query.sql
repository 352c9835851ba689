-- title: What happened under a source identity
-- description: A source identity stays with a person over all roles that follow each other. One row for each principal and action.
-- params:
--   identity: {type: text, about: "The source identity, often a person's login"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    eventsource,
    eventname,
    count(*) AS calls,
    count(*) FILTER (WHERE denied) AS denied,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE useridentity.sessioncontext.sourceidentity = ${identity} AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY first, principal, eventname
