-- title: "{principal} took another role for the first time: {roles}"
-- kind: baseline
-- severity: medium
-- topics: [102]
-- mitre: [T1550.001, T1078.004, T1548]
-- why: "Roles are made for a purpose: one that never took another and now does is used by somebody who looks for a way
--   on."
-- do: Look at who holds the first role's session, and at what the second one did.
-- false_positives: A change in a pipeline.
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
       'no AssumeRole by sessions of this role' AS expected,
       acts.roles AS seen,
       past.days AS days_of_history,
       CASE WHEN acts.human OR acts.by_code THEN 'low' ELSE 'medium' END AS severity
FROM (SELECT recipientaccountid AS account, principal, CAST(eventtime AS DATE) AS day, min(awsregion) AS region, min(eventtime) AS first,
             max(eventtime) AS last, count(*) AS count, array_agg(eventid) AS event_ids, bool_and(caller = 'human') AS human,
             bool_and(caller = 'iac') AS by_code,
             array_agg(DISTINCT coalesce(json_text(requestparameters, 'roleArn'), 'of unknown name')) AS roles
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com'
        AND eventname = 'AssumeRole'
        AND errorcode IS NULL
        AND useridentity.type = 'AssumedRole'
        AND caller <> 'aws_service'
      GROUP BY recipientaccountid, principal, CAST(eventtime AS DATE)) AS acts
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days,
             min(day) FILTER (WHERE eventname = 'AssumeRole' AND outcome = 'ok') AS taken
      FROM activity GROUP BY account, principal) AS known
  ON known.account = acts.account AND known.principal = acts.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = acts.account AND past.principal = acts.principal AND past.day = acts.day
WHERE arrow_cast(acts.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND (known.taken IS NULL OR known.taken >= acts.day)
