-- title: "{principal} took a role for the first time: {roles}"
-- kind: baseline
-- severity: low
-- topics: [99]
-- mitre: [T1078.004, T1199]
-- why: A user whose key only ever did one thing and now takes roles is somebody else, or has a new job.
-- do: Ask the user; look at what the role's session did.
-- false_positives: New duties.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- lookback: 60d
-- threshold: {learning_days: 14, active_days: 5}
SELECT acts.account,
       acts.principal,
       acts.region,
       acts.first,
       acts.last,
       acts.count,
       acts.event_ids,
       acts.roles,
       'no AssumeRole by this user' AS expected,
       acts.roles AS seen,
       past.days AS days_of_history,
       known.actions AS actions_before
FROM (SELECT recipientaccountid AS account, principal, CAST(eventtime AS DATE) AS day, min(awsregion) AS region, min(eventtime) AS first,
             max(eventtime) AS last, count(*) AS count, array_agg(eventid) AS event_ids,
             array_agg(DISTINCT coalesce(json_text(requestparameters, 'roleArn'), 'of unknown name')) AS roles
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com'
        AND eventname = 'AssumeRole'
        AND errorcode IS NULL
        AND useridentity.type = 'IAMUser'
      GROUP BY recipientaccountid, principal, CAST(eventtime AS DATE)) AS acts
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days, count(DISTINCT eventname) AS actions,
             min(day) FILTER (WHERE eventname = 'AssumeRole' AND outcome = 'ok') AS taken
      FROM activity GROUP BY account, principal) AS known
  ON known.account = acts.account AND known.principal = acts.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = acts.account AND past.principal = acts.principal AND past.day = acts.day
WHERE arrow_cast(acts.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND (known.taken IS NULL OR known.taken >= acts.day)
