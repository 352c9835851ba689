-- title: "{principal}, who never attached policies before, attached {policy} of this account to the role {role}"
-- kind: baseline
-- severity: low
-- topics: [70]
-- mitre: [T1098.003, T1548.005]
-- why: A policy that was written in the account can grant anything under a harmless name. Somebody who never did so
--   before attaches one to a role.
-- do: Read the policy. Ask the principal.
-- false_positives: New administrators and new pipelines.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html]
-- lookback: 60d
-- group_by: [account, principal, role]
-- threshold: {learning_days: 14, active_days: 5}
SELECT acts.account,
       acts.principal,
       acts.region,
       acts.first,
       acts.last,
       acts.count,
       acts.event_ids,
       acts.role,
       acts.policy,
       acts.expected,
       'an attached policy' AS seen,
       past.days AS days_of_history,
       CASE WHEN acts.by_code THEN 'info' ELSE 'low' END AS severity
FROM (SELECT recipientaccountid AS account, principal, min(awsregion) AS region, CAST(eventtime AS DATE) AS day, min(eventtime) AS first,
             max(eventtime) AS last, count(*) AS count, array_agg(eventid) AS event_ids, json_text(requestparameters, 'roleName') AS role,
             min(json_text(requestparameters, 'policyArn')) AS policy, bool_and(caller = 'iac') AS by_code,
             'no AttachRolePolicy by this principal' AS expected
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com'
        AND eventname = 'AttachRolePolicy'
        AND errorcode IS NULL
        AND caller <> 'aws_service'
        AND json_text(requestparameters, 'policyArn') NOT LIKE 'arn:%:iam::aws:policy/%'
      GROUP BY recipientaccountid, principal, CAST(eventtime AS DATE), json_text(requestparameters, 'roleName')) AS acts
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days FROM activity GROUP BY account, principal) AS known
  ON known.account = acts.account AND known.principal = acts.principal
LEFT JOIN (SELECT account, principal, min(day) AS day FROM activity WHERE eventname = 'AttachRolePolicy' AND outcome = 'ok'
           GROUP BY account, principal) AS before
  ON before.account = acts.account AND before.principal = acts.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = acts.account AND past.principal = acts.principal AND past.day = acts.day
WHERE arrow_cast(acts.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND (before.day IS NULL OR before.day >= acts.day)
